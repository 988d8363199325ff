import Platform

/// What a command line asks for, worked out without doing anything.
enum Request {
    case run(Command, Values)
    /// Help for the commands that begin with these words; none means all.
    case help([String])
    case version
}

/// Reads a command line against the table of commands. Pure: the same words always give the same answer.
struct Arguments {
    let commands: [Command]

    func parse(_ words: [String]) throws(CommandFailure) -> Request {
        guard let first = words.first else { return .help([]) }
        switch first {
        case "--help", "-h": return .help([])
        case "--version": return .version
        case "help" where !words.contains("--reference"):
            return .help(try known(words.dropFirst().filter { !$0.hasPrefix("-") }))
        default: break
        }
        let (before, words) = lifted(words)
        guard let command = longestMatch(words) else { return try group(words.isEmpty ? before : words) }
        let rest = Array(words.dropFirst(command.words.count))
        if asksForHelp(rest, command) { return .help(command.words) }
        return .run(command, try values(before + rest, of: command))
    }

    /// Flags of many commands may stand before the words as well.
    private func lifted(_ words: [String]) -> (flags: [String], words: [String]) {
        var (flags, rest): ([String], ArraySlice<String>) = ([], words[...])
        while let word = rest.first, word.hasPrefix("-") {
            let (spelling, attached) = split(word)
            guard let flag = (Flag.common + [.timeout]).first(where: { matches($0, spelling) }) else { break }
            let count = flag.placeholder != nil && attached == nil ? 2 : 1
            flags += rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        return (flags, Array(rest))
    }

    private func longestMatch(_ words: [String]) -> Command? {
        commands.filter { words.starts(with: $0.words) }.max { $0.words.count < $1.words.count }
    }

    /// Words that name no command: help for a group of commands, or a typing error.
    private func group(_ words: [String]) throws(CommandFailure) -> Request {
        let names = Array(words.prefix { !$0.hasPrefix("-") })
        if let first = names.first, commands.contains(where: { $0.words.count > 1 && $0.words[0] == first }) {
            if names.count == 1 {
                if words.count == 1 || words.dropFirst().allSatisfy({ $0 == "--help" || $0 == "-h" }) {
                    return .help(names)
                }
                throw .usage("\(first) needs a command", advice: "flowfleet \(first) --help")
            }
        }
        throw unknown(names.isEmpty ? [words[0]] : names)
    }

    private func known(_ words: [String]) throws(CommandFailure) -> [String] {
        guard words.isEmpty || commands.contains(where: { $0.words.starts(with: words) }) else { throw unknown(words) }
        return words
    }

    private func unknown(_ words: [String]) -> CommandFailure {
        if words[0].hasPrefix("-") {
            return .usage("no command stands behind \(words[0])", advice: "flowfleet --help lists all")
        }
        let groups = Set(commands.map { $0.words[0] })
        let asked = groups.contains(words[0]) ? words.prefix(2).joined(separator: " ") : words[0]
        let names = Set(commands.map(\.name)).union(groups)
        let near =
            NearestName.find(words.prefix(2).joined(separator: " "), among: names)
            ?? NearestName.find(asked, among: names)
        return .usage(
            "unknown command \(asked)",
            advice: near.map { "did you mean: flowfleet \($0)" } ?? "flowfleet --help lists all")
    }

    private func asksForHelp(_ words: [String], _ command: Command) -> Bool {
        words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
    }
}

extension Arguments {
    /// Sorts the words after the command into flags and operands and checks both.
    private func values(_ words: [String], of command: Command) throws(CommandFailure) -> Values {
        var values = Values()
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                values.operands += rest
                break
            }
            if word == "-" || !word.hasPrefix("-") {
                values.operands.append(word)
            } else {
                try take(word, &rest, of: command, into: &values)
            }
        }
        try check(values.operands, of: command)
        return values
    }

    private func take(
        _ word: String, _ rest: inout ArraySlice<String>, of command: Command, into values: inout Values
    ) throws(CommandFailure) {
        let (spelling, attached) = split(word)
        guard let flag = command.allFlags.first(where: { matches($0, spelling) }) else {
            throw unknownFlag(spelling, of: command)
        }
        var value = ""
        if flag.placeholder != nil {
            guard let given = attached ?? rest.popFirst() else {
                throw .usage("\(spelling) needs a value: \(flag.spelling)")
            }
            value = given
        } else if attached != nil {
            throw .usage("\(spelling) takes no value")
        }
        if !flag.choices.isEmpty, !flag.choices.contains(value) {
            throw .usage("\(spelling) is one of \(flag.choices.joined(separator: ", ")), not \(value)")
        }
        if !flag.repeats, values.flags[flag.name] != nil { throw .usage("\(spelling) is given twice") }
        values.flags[flag.name, default: []].append(value)
    }

    /// `--name=value`, `--name`, `-o` and `-ovalue`.
    private func split(_ word: String) -> (String, String?) {
        if word.hasPrefix("--") {
            guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
        guard word.count > 2 else { return (word, nil) }
        let value = word.dropFirst(2)
        return (String(word.prefix(2)), String(value.first == "=" ? value.dropFirst() : value))
    }

    private func matches(_ flag: Flag, _ spelling: String) -> Bool {
        spelling == "--" + flag.name || flag.short.map { spelling == "-\($0)" } ?? false
    }

    private func unknownFlag(_ spelling: String, of command: Command) -> CommandFailure {
        let near = NearestName.find(spelling, among: command.allFlags.map { "--" + $0.name })
        return .usage(
            "\(command.name) has no flag \(spelling)",
            advice: near.map { "did you mean: \($0)" } ?? "flowfleet \(command.name) --help")
    }

    private func check(_ operands: [String], of command: Command) throws(CommandFailure) {
        let needed = command.operands.filter { !$0.isOptional }
        if operands.count < needed.count {
            throw .usage(
                "\(command.name) needs \(needed[operands.count].name)", advice: "flowfleet \(command.name) --help")
        }
        if operands.count > command.operands.count {
            throw .usage(
                "\(command.name) does not know what to do with \(operands[command.operands.count])",
                advice: "flowfleet \(command.name) --help")
        }
    }
}
