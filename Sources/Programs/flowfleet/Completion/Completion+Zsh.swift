extension Completion {
    /// For zsh: in a folder of `fpath` as `_flowfleet`, or `source <(flowfleet completion zsh)`.
    var zsh: String {
        """
        #compdef flowfleet
        # Completion of flowfleet for zsh: source <(flowfleet completion zsh)
        _flowfleet() {
            local line= word previous=${words[CURRENT-1]}
            local -a choices
            for word in "${(@)words[2,CURRENT-1]}"; do
                case "$line $word" in
                \(known.map { "' \($0)'" }.joined(separator: " | "))) line="$line $word" ;;
                *) break ;;
                esac
            done
            line=${line# }
            case "$line:$previous" in
        \(choices.map(zshChoice).joined(separator: "\n"))
            esac
            if (( $#choices )); then
                compset -P '*,'
                compadd -a choices
                return
            fi
            case "$line" in
        \(branches.map(zshBranch).joined(separator: "\n"))
        \(commands.map(zshFlags).joined(separator: "\n"))
            esac
            if (( $#choices )); then
                _describe flowfleet choices
            else
                _files
            fi
        }
        if [ "$funcstack[1]" = _flowfleet ]; then _flowfleet "$@"; else compdef _flowfleet flowfleet; fi

        """
    }

    private func zshChoice(_ choice: (command: String?, flag: Flag, values: [String])) -> String {
        let patterns = Self.spellings(choice.flag).map { spelling in
            choice.command.map { "'\($0):\(spelling)'" } ?? "*:\(spelling)"
        }
        return "    \(patterns.joined(separator: " | "))) choices=(\(choice.values.joined(separator: " "))) ;;"
    }

    private func zshBranch(_ branch: Branch) -> String {
        let words = branch.next.map { Self.quoted("\($0.word):\($0.summary)") }
        return "    '\(branch.words)') choices=(\(words.joined(separator: " "))) ;;"
    }

    private func zshFlags(_ command: Command) -> String {
        let flags = command.allFlags.map { Self.quoted("--\($0.name):\($0.summary)") }
        return "    '\(command.name)') [[ ${words[CURRENT]} == -* ]] && choices=(\(flags.joined(separator: " "))) ;;"
    }

    /// Between single quotes, as zsh and fish read it.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
