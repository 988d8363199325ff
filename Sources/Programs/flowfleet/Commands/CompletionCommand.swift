import Platform

extension Command {
    static let completion = Command(
        "completion", "print what makes a shell complete the commands",
        discussion: """
            Commands, flags, and the values of flags that have a few; out of the same table as this page. For good: put
            the line of the example into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish.
            """,
        operands: [Operand("SHELL", "bash, zsh or fish")],
        examples: [
            ". <(flowfleet completion bash)", "source <(flowfleet completion zsh)",
            "flowfleet completion fish | source",
        ]
    ) { call throws(CommandFailure) in
        let completion = Completion(commands: CommandTable.all)
        let text: String
        switch call.operand(0) {
        case "bash": text = completion.bash
        case "zsh": text = completion.zsh
        case "fish": text = completion.fish
        default: throw .usage("completion is there for bash, zsh and fish, not for \(call.operand(0))")
        }
        call.console.data(Array(text.utf8))
        return .ok
    }
}
