extension Completion {
    /// For bash 4 and newer: `. <(flowfleet completion bash)`.
    var bash: String {
        """
        # Completion of flowfleet for bash: . <(flowfleet completion bash)
        _flowfleet() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} line= word choices=
            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                case "$line $word" in
                \(known.map { "' \($0)'" }.joined(separator: " | "))) line="$line $word" ;;
                *) break ;;
                esac
            done
            line=${line# }
            case "$line:$previous" in
        \(choices.map(bashChoice).joined(separator: "\n"))
            esac
            if [ -n "$choices" ]; then
                COMPREPLY=($(compgen -P "${current%"${current##*,}"}" -W "$choices" -- "${current##*,}"))
                return
            fi
            case "$line" in
        \(branches.map(bashBranch).joined(separator: "\n"))
        \(commands.map(bashFlags).joined(separator: "\n"))
            esac
            COMPREPLY=($(compgen -W "$choices" -- "$current"))
        }
        complete -o default -F _flowfleet flowfleet

        """
    }

    /// All beginnings of commands, whole ones too.
    var known: [String] { branches.map(\.words).filter { !$0.isEmpty } + commands.map(\.name) }

    private func bashChoice(_ choice: (command: String?, flag: Flag, values: [String])) -> String {
        let patterns = Self.spellings(choice.flag).map { spelling in
            choice.command.map { "'\($0):\(spelling)'" } ?? "*:\(spelling)"
        }
        return "    \(patterns.joined(separator: " | "))) choices='\(choice.values.joined(separator: " "))' ;;"
    }

    private func bashBranch(_ branch: Branch) -> String {
        "    '\(branch.words)') choices='\(branch.next.map(\.word).joined(separator: " "))' ;;"
    }

    /// Flags are offered once one has been begun: what comes before them are names that only the user knows.
    private func bashFlags(_ command: Command) -> String {
        let flags = command.allFlags.map { "--" + $0.name }.joined(separator: " ")
        return "    '\(command.name)') case $current in -*) choices='\(flags)' ;; esac ;;"
    }
}
