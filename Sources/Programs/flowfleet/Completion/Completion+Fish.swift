extension Completion {
    /// For fish: `flowfleet completion fish | source`.
    var fish: String {
        """
        # Completion of flowfleet for fish: flowfleet completion fish | source
        function __flowfleet_line
            set -l line
            for word in (commandline -opc)[2..-1]
                switch "$line $word"
                    case \(known.map { "' \($0)'" }.joined(separator: " "))
                set line "$line $word"
                    case '*'
                        break
                end
            end
            string trim -- "$line"
        end
        function __flowfleet_at
            test (__flowfleet_line) = "$argv[1]"
        end
        complete -c flowfleet -e
        \(branches.flatMap(fishBranch).joined(separator: "\n"))
        \(commands.flatMap(fishFlags).joined(separator: "\n"))

        """
    }

    private func fishBranch(_ branch: Branch) -> [String] {
        branch.next.map { next in
            let place = Self.fishQuoted("__flowfleet_at \(Self.fishQuoted(branch.words))")
            return "complete -c flowfleet -f -n \(place) -a \(next.word) -d \(Self.fishQuoted(next.summary))"
        }
    }

    private func fishFlags(_ command: Command) -> [String] {
        let place = Self.fishQuoted("__flowfleet_at \(Self.fishQuoted(command.name))")
        return command.allFlags.map { flag in
            var line = "complete -c flowfleet -n \(place) -l \(flag.name)"
            if let short = flag.short { line += " -s \(short)" }
            let values = flag.choices.joined(separator: " ")
            if flag.placeholder != nil { line += values.isEmpty ? " -r" : " -x -a '\(values)'" }
            return line + " -d \(Self.fishQuoted(flag.summary))"
        }
    }

    private static func fishQuoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
