/// What can be completed at each place of a command line, out of the table of commands.
struct Completion {
    /// Words typed so far that lead on, such as `run`: what may come next.
    struct Branch {
        let words: String
        let next: [(word: String, summary: String)]
    }

    let commands: [Command]

    /// The beginning first, then each group of commands.
    var branches: [Branch] {
        var branches = [branch(of: [])]
        var groups: [[String]] = []
        for command in commands {
            for count in command.words.indices.dropFirst() {
                let group = Array(command.words.prefix(count))
                if !groups.contains(group) { groups.append(group) }
            }
        }
        branches += groups.map { branch(of: $0) }
        return branches
    }

    private func branch(of group: [String]) -> Branch {
        var next: [(word: String, summary: String)] = []
        for command in commands where command.words.count > group.count && command.words.starts(with: group) {
            let word = command.words[group.count]
            guard !next.contains(where: { $0.word == word }) else { continue }
            let isWhole = command.words.count == group.count + 1
            next.append((word, isWhole ? command.summary : "commands of \(word)"))
        }
        return Branch(words: group.joined(separator: " "), next: next)
    }

    /// Every flag that takes one of some values, per command; flags of all commands come with no command.
    var choices: [(command: String?, flag: Flag, values: [String])] {
        var all: [(command: String?, flag: Flag, values: [String])] = []
        for flag in Flag.common where !flag.choices.isEmpty { all.append((nil, flag, flag.choices)) }
        for command in commands {
            for flag in command.flags where !flag.choices.isEmpty { all.append((command.name, flag, flag.choices)) }
            let columns = command.columns.flatMap(\.all).reduce(into: [String]()) {
                if !$0.contains($1) { $0.append($1) }
            }
            if !columns.isEmpty { all.append((command.name, .columns, columns)) }
        }
        return all
    }

    /// How a flag may be written.
    static func spellings(_ flag: Flag) -> [String] { ["--" + flag.name] + (flag.short.map { ["-\($0)"] } ?? []) }
}
