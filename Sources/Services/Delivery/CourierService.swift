public import Platform

/// A courier as a loop of its own thread: steps until it is told to stop and what it sent is noted.
public final class CourierService: StepService {
    private let courier: Courier
    private let grace: Duration
    private let close: () -> Void
    private var deadline: ContinuousClock.Instant?

    /// - `grace`: how long it waits for answers: longer than a request may take, or each stop under a slow receiver
    ///   would send again what was under way.
    public init(_ courier: Courier, grace: Duration, close: @escaping () -> Void) {
        self.courier = courier
        self.grace = grace
        self.close = close
    }

    public func step() -> StepOutcome {
        if courier.hasStopped || deadline.map({ ContinuousClock.now >= $0 }) == true {
            close()
            return .finished
        }
        courier.step()
        return .again
    }

    public func beginStop() {
        courier.stop()
        deadline = .now + grace
    }
}
