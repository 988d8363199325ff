import Platform

/// The time of one step, in microseconds: a clock that never jumps, for waiting, and the one on the wall, for people.
struct StepTime: Equatable {
    var steady: Int64
    var wall: Int64

    init(_ source: any TimeSource) {
        steady = source.monotonic / 1_000
        wall = source.wall
    }
}
