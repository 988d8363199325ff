import Platform

/// One command: its words, what it takes, what it says about itself, and what it does.
///
/// The same value drives parsing, `--help`, the reference page and the test that compares them.
struct Command: Sendable {
    typealias Body = @Sendable (Invocation) throws(CommandFailure) -> ExitCode

    let words: [String]
    let summary: String
    var discussion = ""
    var operands: [Operand] = []
    var flags: [Flag] = []
    /// What its tables can show.
    var columns: [Columns] = []
    /// Whether `-o` changes what it prints; what has columns has.
    var hasFormat = false
    var examples: [String] = []
    let run: Body

    init(
        _ name: String, _ summary: String, discussion: String = "", operands: [Operand] = [], flags: [Flag] = [],
        columns: [Columns] = [], hasFormat: Bool = false, examples: [String] = [], run: @escaping Body
    ) {
        self.words = name.split(separator: " ").map(String.init)
        self.summary = summary
        self.discussion = discussion
        self.operands = operands
        self.flags = flags
        self.columns = columns
        self.hasFormat = hasFormat
        self.examples = examples
        self.run = run
    }

    var name: String { words.joined(separator: " ") }

    /// Its own, and those of many commands that mean something to it.
    var allFlags: [Flag] {
        flags + (hasFormat || !columns.isEmpty ? [.output] : []) + (columns.isEmpty ? [] : [.columns])
            + (asksGateway ? [.profile] : []) + [.help]
    }

    private var asksGateway: Bool { !Self.local.contains(words[0]) && name != "flow validate" }
    private static let local: Set = ["admin", "completion", "dev", "dev-broker", "help", "profile"]
}

/// A value that is told by its place.
struct Operand: Sendable {
    let name: String
    let summary: String
    var isOptional = false

    init(_ name: String, _ summary: String, optional: Bool = false) {
        self.name = name
        self.summary = summary
        self.isOptional = optional
    }

    var usage: String { isOptional ? "[\(name)]" : name }
}

/// A value that is told by its name, or a switch when it has no placeholder.
struct Flag: Sendable {
    let name: String
    let placeholder: String?
    let summary: String
    var short: Character?
    var choices: [String] = []
    var repeats = false

    init(
        _ name: String, _ placeholder: String? = nil, _ summary: String, short: Character? = nil,
        choices: [String] = [], repeats: Bool = false
    ) {
        self.name = name
        self.placeholder = placeholder
        self.summary = summary
        self.short = short
        self.choices = choices
        self.repeats = repeats
    }

    var spelling: String {
        let long = "--" + name + (placeholder.map { " " + $0 } ?? "")
        return short.map { "-\($0), " + long } ?? long
    }

    static let output = Flag(
        "output", "FORMAT", "how data is printed: table, json or jsonl (default table)", short: "o",
        choices: ["table", "json", "jsonl"])
    static let timeout = Flag("timeout", "TIME", "give up waiting after this long: 30, 45s, 5m, 1h")
    static let columns = Flag(
        "columns", "A,B,C", "the columns of a table, in this order; a name that is none is told with all there are")
    static let profile = Flag("profile", "NAME", "ask the gateway of this profile")
    static let help = Flag("help", nil, "say how the command is used", short: "h")
    /// Those that many commands have; each has the ones that mean something to it.
    static let common = [output, columns, profile, help]

    static let limit = Flag("limit", "N", "at most this many (default 50)")
    static let cursor = Flag("cursor", "TEXT", "go on where a list ended")
}
