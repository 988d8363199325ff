import BenchReport

/// What the bench was asked for.
struct Arguments {
    var suites: [Suite] = []
    var isShort = false
    /// Where the report goes.
    var folder = "Bench/results"
    var rounds: Int?
    /// What of the suites is measured; everything where nothing is said.
    var choice = Choice()

    static let help = """
        bench [B1 … B8 | api | soak | all] [--short] [--rounds N] [--in-flight N,…] [--only WORD] [--into FOLDER];
        scripts/bench starts it and says more.
        """

    init(_ words: [String]) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--short": isShort = true
            case "--into": folder = try Self.value(of: word, &rest)
            case "--rounds":
                guard let number = Int(try Self.value(of: word, &rest)), number > 0 else {
                    throw BenchError("--rounds takes a number from 1")
                }
                rounds = number
            case "--in-flight":
                choice.inFlight = try Self.value(of: word, &rest).split(separator: ",").compactMap { Int($0) }
            case "--only": choice.word = try Self.value(of: word, &rest)
            case "all": suites += Suite.all
            default:
                guard let suite = Suite.named.first(where: { $0.id.lowercased() == word.lowercased() }) else {
                    throw BenchError("there is no bench '\(word)'; see scripts/bench --help")
                }
                suites.append(suite)
            }
        }
        if suites.isEmpty { suites = Suite.all }
    }

    private static func value(of flag: String, _ rest: inout ArraySlice<String>) throws -> String {
        guard let value = rest.popFirst() else { throw BenchError("\(flag) needs a value") }
        return value
    }

    var pace: Pace {
        let pace = isShort ? Pace.short : Pace.full
        return Pace(
            rounds: rounds ?? pace.rounds, warming: pace.warming, measuring: pace.measuring, isShort: pace.isShort,
            choice: choice)
    }
}

/// A part of the suites, for whoever looks at one figure.
struct Choice {
    var inFlight: [Int] = []
    var word: String?

    func takes(_ load: [Stream]) -> Bool {
        inFlight.isEmpty || inFlight.contains(load.first?.inFlight ?? 0)
    }

    /// - `name`: of a workload and its subject, such as `chain of 10 product`.
    func takes(_ name: String) -> Bool { word.map { name.lowercased().contains($0.lowercased()) } ?? true }
}
