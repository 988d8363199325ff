import Glibc

/// Time since it was made, and pauses between two looks.
struct Stopwatch {
    private let start = ContinuousClock.now

    func elapsed() -> Duration { ContinuousClock.now - start }

    /// Waits on nothing but the time; a signal cuts it short. Always says to go on: Ctrl-C ends the process itself.
    static func pause(_ duration: Duration) -> Bool {
        let milliseconds = Int32(min(max(duration, .milliseconds(1)), .seconds(60)) / .milliseconds(1))
        _ = poll(nil, 0, milliseconds)
        return true
    }
}
