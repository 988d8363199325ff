import Platform
import Workflow

/// A handler under its name, with what is counted for it: found once, then met again for free.
final class KnownHandler {
    let name: [UInt8]
    let handler: any Handler
    private let succeeded: Counter?
    private let degraded: Counter?
    private let failed: Counter?
    private let cancelled: Counter?
    private let seconds: Histogram?

    init(_ name: Identifier, _ handler: any Handler, _ metrics: ExecutorMetrics?) {
        self.name = name.bytes
        self.handler = handler
        let label = name.description
        succeeded = metrics?.tasks.with(label, "succeeded")
        degraded = metrics?.tasks.with(label, "degraded")
        failed = metrics?.tasks.with(label, "failed")
        cancelled = metrics?.tasks.with(label, "cancelled")
        seconds = metrics?.taskSeconds.with(label)
    }

    func count(_ outcome: HandlerOutcome, microseconds: Int64) {
        seconds?.record(Double(microseconds) / 1e6)
        switch outcome {
        case .succeeded: succeeded?.add()
        case .degraded: degraded?.add()
        case .failed(let failure) where failure.errorClass == .cancelled: cancelled?.add()
        case .failed: failed?.add()
        }
    }
}
