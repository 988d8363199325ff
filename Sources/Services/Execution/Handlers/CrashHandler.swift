/// `crash`: ends its executor's process at once. For drills only.
struct CrashHandler: Handler {
    let end: @Sendable () -> Never

    func answer(_ input: HandlerInput) -> HandlerAnswer { end() }
}
