/// How commands that change many things at once are let loose: `--dry-run`, `--yes`, or a yes at the terminal. Where
/// nobody sits at a terminal nothing is asked, and nothing is done without `--yes`.
struct BulkFlags {
    static let all = [
        Flag("dry-run", nil, "only show what would be changed"), Flag("yes", nil, "do it without asking"),
    ]

    private let call: Invocation
    let isConfirmed: Bool
    let isDry: Bool

    init(_ call: Invocation) throws(CommandFailure) {
        self.call = call
        (isConfirmed, isDry) = (call.values.isSet("yes"), call.values.isSet("dry-run"))
        if isConfirmed && isDry { throw .usage("choose one of --yes and --dry-run") }
    }

    /// Whether to do it: `--yes`, or the answer of whoever sits there. A no is said, for it is exit code 1.
    func agrees(_ question: String) -> Bool {
        if isConfirmed || asks(question) { return true }
        call.console.note("nothing was changed")
        return false
    }

    /// The answer of whoever sits there; no without a terminal.
    func asks(_ question: String) -> Bool {
        guard !isDry, let ask = call.console.ask else { return false }
        let answer = ask(question + " [y/N] ")?.lowercased()
        return answer == "y" || answer == "yes"
    }

    /// Throws where nobody has said yes and nobody can be asked.
    func needConsent(_ name: String) throws(CommandFailure) {
        guard !isConfirmed, !isDry, call.console.ask == nil else { return }
        throw .usage(
            "\(name) changes many things and there is no terminal to ask at",
            advice: "--yes does it, --dry-run shows it")
    }
}
