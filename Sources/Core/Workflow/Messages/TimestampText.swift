/// `Timestamp.text` for many moments close to each other: within the same second only the milliseconds are written
/// anew.
struct TimestampText: Sendable {
    private var second = Int64.min
    private var bytes: [UInt8] = []

    mutating func text(_ time: Microseconds) -> [UInt8] {
        guard time >= 0, time / 1_000_000 == second, bytes.count == 24 else {
            second = time / 1_000_000
            bytes = Timestamp.text(time)
            return bytes
        }
        let milliseconds = Int(time / 1_000 % 1_000)
        bytes[20] = UInt8(ascii: "0") + UInt8(milliseconds / 100)
        bytes[21] = UInt8(ascii: "0") + UInt8(milliseconds / 10 % 10)
        bytes[22] = UInt8(ascii: "0") + UInt8(milliseconds % 10)
        return bytes
    }
}
