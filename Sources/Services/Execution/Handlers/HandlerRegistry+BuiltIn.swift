public import Workflow

extension HandlerRegistry {
    /// What only drills and checks may use.
    public struct TestHandlers: Sendable {
        /// Ends the process at once.
        let crash: @Sendable () -> Never

        public init(crash: @escaping @Sendable () -> Never) {
            self.crash = crash
        }
    }

    /// The handlers of contracts.md §2. Those of `testing` come with it only; `record` is an `echo` whose executions
    /// are witnessed.
    public static func builtIn(
        http: (any HTTPCaller)?, programs: ExecHandler? = nil, testing: TestHandlers? = nil
    ) -> HandlerRegistry {
        var registry = HandlerRegistry()
        registry.add("echo", EchoHandler())
        registry.add("sleep", SleepHandler())
        registry.add("fail", FailHandler())
        if let http { registry.add("http", HTTPHandler(caller: http)) }
        registry.add("exec", programs ?? ExecHandler(runner: nil, allowed: []))
        if let testing {
            registry.add("block", BlockHandler())
            registry.add("stubborn", StubbornHandler())
            registry.add("flood", FloodHandler())
            registry.add("crash", CrashHandler(end: testing.crash))
            registry.add("record", EchoHandler())
        }
        return registry
    }
}
