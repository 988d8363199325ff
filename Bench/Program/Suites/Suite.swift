/// One bench of the table in `scripts/bench --help`.
struct Suite: Sendable {
    let id: String
    let title: String
    let run: @Sendable (Pace, Recorder) throws -> Void

    static let all = [b1, b2, b3, b4, b5, b6, b7, b8, api]
    /// The soak takes half an hour, so it runs only by name.
    static var named: [Suite] { all + [soak] }

    /// Subjects take turns within a round, so that a slow minute of the machine hits all of them.
    static func interleave(
        _ bench: String, _ workload: String, _ subjects: [Subject], _ pace: Pace, _ recorder: Recorder,
        payloadBytes: Int = 100, _ loads: [[Stream]]
    ) throws {
        let loads = loads.filter(pace.choice.takes)
        guard !loads.isEmpty else { return }
        for _ in 0..<pace.rounds {
            for subject in subjects where pace.choice.takes("\(workload) \(subject.name)") {
                let round = Round(
                    bench: bench, workload: workload, subject: subject, pace: pace, payloadBytes: payloadBytes)
                recorder.add(try round.measure(loads))
            }
        }
    }

    /// Allocations are counted in a round of their own, which is not timed: it only lends its counts. Of a smoke it is
    /// the one figure that means something, so it takes long enough for runs to end.
    static func countAllocations(
        _ bench: String, _ workload: String, _ pace: Pace, _ recorder: Recorder, _ load: [Stream]
    ) throws {
        guard pace.choice.takes(load), pace.choice.takes("\(workload), allocations counted") else { return }
        let counting = Pace(
            rounds: 1, warming: max(pace.warming, 1.5), measuring: max(pace.measuring, 3), isShort: pace.isShort)
        let round = Round(
            bench: bench, workload: workload + ", allocations counted", subject: .product, pace: counting,
            countsAllocations: true)
        let trials = try round.measure([load])
        recorder.add(trials)
        for trial in trials { try AllocationLimits.of(pace).check(trial) }
    }
}
