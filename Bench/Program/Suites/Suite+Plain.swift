/// The benches that are a load and its floors.
extension Suite {
    private static func loads(_ flow: FlowShape, _ pace: Pace) -> [[Stream]] {
        (pace.isShort ? [64] : [1, 64, 512, 2_000]).map { [Stream("a", flow, inFlight: $0)] }
    }

    static let b1 = Suite(id: "B1", title: "one-task runs, closed loop") { pace, recorder in
        let flow = FlowShape.chain(1)
        try interleave("B1", "one task", [.product, .floor(.f1)], pace, recorder, loads(flow, pace))
    }

    static let b2 = Suite(id: "B2", title: "chains of 10: plain, as segments, and with payloads of 10 KB") {
        pace, recorder in
        let chain = FlowShape.chain(10)
        let busy = Stream("a", chain, inFlight: pace.isShort ? 128 : 512)
        let plain: [Subject] = [.product, .floor(.f2), .floor(.f3)]
        try interleave("B2", "chain of 10", plain, pace, recorder, loads(chain, pace))
        try countAllocations("B2", "chain of 10", pace, recorder, [busy])
        let segments = FlowShape.chain(10, segments: true)
        try interleave("B2", "segment of 10", [.product, .floor(.f4)], pace, recorder, loads(segments, pace))
        guard !pace.isShort else { return }
        try interleave(
            "B2", "chain of 10", [.product, .floor(.f3)], pace, recorder, payloadBytes: 10_240,
            [[Stream("a", chain, inFlight: 64)]])
    }

    static let b3 = Suite(id: "B3", title: "fan-out 1,000 and join, small runs beside it") { pace, recorder in
        let fan = FlowShape.fan(pace.isShort ? 100 : 1_000)
        let small = Stream("s", .chain(1), inFlight: 4)
        let subjects: [Subject] = [.product, .floor(.f3), .floor(.f3Spread)]
        if !pace.isShort { try interleave("B3", "fan-out", subjects, pace, recorder, [[Stream("a", fan)]]) }
        try interleave("B3", "fan-out beside small runs", subjects, pace, recorder, [[Stream("a", fan), small]])
    }

    static let b4 = Suite(id: "B4", title: "diamonds, mixed with one-task runs, chains and fan-outs") {
        pace, recorder in
        let streams = [
            Stream("d", .diamond, inFlight: 16), Stream("s", .chain(1), inFlight: 16),
            Stream("c", .chain(10), inFlight: 16), Stream("f", .fan(pace.isShort ? 50 : 1_000), inFlight: 1),
        ]
        let subjects: [Subject] = pace.isShort ? [.product] : [.product, .floor(.f3)]
        try interleave("B4", "mixture", subjects, pace, recorder, [streams])
    }
}
