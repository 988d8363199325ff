/// The place of an attempt's wait in its spread: looks random, yet the same for the same attempt on every machine.
public enum RetryJitter {
    /// At least 0, less than 1.
    public static func draw(runID: Identifier, taskID: Identifier, attempt: Int) -> Double {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in runID.bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        state = (state ^ 0x1_0000) &* 0x0000_0100_0000_01b3
        for byte in taskID.bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        state = stirred(state ^ stirred(UInt64(truncatingIfNeeded: attempt) &+ 0x9e37_79b9_7f4a_7c15))
        return Double(state >> 11) / Double(1 << 53 as UInt64)
    }

    /// The last step of SplitMix64: every bit of the input changes half of the output's.
    private static func stirred(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
