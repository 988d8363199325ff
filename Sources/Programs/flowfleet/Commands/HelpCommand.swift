import Platform

extension Command {
    static let help = Command(
        "help", "explain the commands",
        discussion: "`flowfleet help --reference` prints the reference page of all commands.",
        operands: [Operand("COMMAND", "the command to explain", optional: true)],
        flags: [Flag("reference", nil, "print the reference page, in Markdown")],
        examples: ["flowfleet help run start"]
    ) { call throws(CommandFailure) in
        let help = Help(commands: CommandTable.all)
        if call.values.isSet("reference") {
            call.console.data(Array(help.referencePage.utf8))
        } else {
            call.console.put(help.text(for: []))
        }
        return .ok
    }
}
