/// What kind of failure an attempt had; decides whether there is another one.
public enum ErrorClass: String, Sendable, CaseIterable {
    /// Would fail again; the task ends.
    case permanent
    /// May go away by itself; tried again.
    case transient
    /// Took longer than its time limit; tried again.
    case timeout
    /// Somebody wanted it to stop; the task ends as cancelled.
    case cancelled
    /// Its executor vanished; tried again.
    case workerLost = "worker_lost"
    /// It ends its executor; never tried again by itself.
    case poison

    public var isRetriable: Bool {
        switch self {
        case .transient, .timeout, .workerLost: true
        case .permanent, .cancelled, .poison: false
        }
    }
}
