import Platform

/// Renders what commands say about themselves.
struct Help {
    let commands: [Command]

    /// Help for one command, for a group, or for everything.
    func text(for words: [String]) -> String {
        if let command = commands.first(where: { $0.words == words }) { return page(command) }
        let chosen = commands.filter { $0.words.starts(with: words) }
        let width = chosen.map(\.name.count).max() ?? 0
        var lines = ["usage: flowfleet \((words + ["COMMAND"]).joined(separator: " ")) …", ""]
        lines += chosen.map { "  " + $0.name.padded(to: width) + "   " + $0.summary }
        lines += ["", "flowfleet COMMAND --help explains one command. FLOWFLEET_URL and FLOWFLEET_KEY, or a profile,"]
        lines += ["say which gateway is asked; admin commands need the settings of the services instead:"]
        lines += ["ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS, ORCHESTRATOR_DATABASE_URL and the others of the reference."]
        return lines.joined(separator: "\n")
    }

    func page(_ command: Command) -> String {
        var lines = ["usage: " + usage(command), "", sentence(command.summary)]
        if !command.discussion.isEmpty { lines += ["", command.discussion] }
        let rows = command.operands.map { ($0.name, $0.summary) } + command.allFlags.map { ($0.spelling, $0.summary) }
        let width = rows.map(\.0.count).max() ?? 0
        lines.append("")
        lines += rows.map { "  " + $0.0.padded(to: width) + "   " + $0.1 }
        if !command.examples.isEmpty { lines += ["", "examples:"] + command.examples.map { "  " + $0 } }
        return lines.joined(separator: "\n")
    }

    func usage(_ command: Command) -> String {
        let operands = command.operands.map(\.usage)
        return (["flowfleet"] + command.words + operands + ["[FLAGS]"]).joined(separator: " ")
    }

    private func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + "."
    }
}

extension Help {
    /// The page docs/reference/cli.md, whole.
    var referencePage: String {
        var lines = ["# Command line", ""]
        lines += ["Generated from the command table (`flowfleet help --reference`); a test compares them.", ""]
        lines += ["Data goes to standard output, everything else to standard error. Colours appear on a terminal only,"]
        lines += ["and not when `NO_COLOR` is set. Flags may stand anywhere; `--` ends them.", ""]
        lines += ["## Exit codes", "", "| code | means |", "|---|---|"]
        lines += ExitCode.allCases.map { "| \($0.rawValue) | \($0.meaning) |" }
        lines += ["", "## Flags of many commands", ""]
        lines += ["A command has those that mean something to it: `--output` what prints data, `--columns` what prints"]
        lines += ["tables, `--profile` what asks the gateway, `--help` each. They may stand before its words as well."]
        lines += ["", "| flag | means |", "|---|---|"]
        lines += Flag.common.map { "| `\($0.spelling)` | \($0.summary) |" }
        for command in commands { lines += [""] + section(command) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ command: Command) -> [String] {
        var lines = ["## \(command.name)", "", "`\(usage(command))`", "", sentence(command.summary)]
        if !command.discussion.isEmpty { lines += ["", command.discussion] }
        let rows = command.operands.map { ($0.name, $0.summary) } + command.flags.map { ($0.spelling, $0.summary) }
        if !rows.isEmpty {
            lines += ["", "| | |", "|---|---|"] + rows.map { "| `\($0.0)` | \($0.1.replacingPipes) |" }
        }
        if !command.examples.isEmpty { lines += ["", "```sh"] + command.examples + ["```"] }
        return lines
    }
}

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    fileprivate var replacingPipes: String {
        split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
