import Platform
import Retries
import Workflow

extension RetryLimits {
    init(_ settings: Settings) {
        self.init()
        batch = settings[RetryWorkerSettings.batch]
        poll = settings[RetryWorkerSettings.pollInterval].nanoseconds / 1_000
        overdue = settings[RetryWorkerSettings.overdue].nanoseconds / 1_000
        rate = settings[RetryWorkerSettings.rate]
    }
}

extension BreakerPolicy {
    init(_ settings: Settings) {
        self.init()
        ratio = settings[RetryWorkerSettings.breakerRatio]
        minimum = settings[RetryWorkerSettings.breakerMinimum]
        window = settings[RetryWorkerSettings.breakerWindow].nanoseconds / 1_000
        rest = settings[RetryWorkerSettings.breakerRest].nanoseconds / 1_000
        canaries = settings[RetryWorkerSettings.breakerCanaries]
        patience = settings[RetryWorkerSettings.breakerPatience].nanoseconds / 1_000
        let off = settings[RetryWorkerSettings.breakerOff]
        isOff = off.contains("*")
        exempt = Set(off.map { Identifier($0) })
    }
}
