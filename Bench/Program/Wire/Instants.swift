import Glibc

/// Clocks of the bench: a monotonic one in seconds, and the wall clock as the messages carry it.
enum Instants {
    static var monotonic: Double { seconds(CLOCK_MONOTONIC) }
    static var unixMicroseconds: Int64 { Int64(seconds(CLOCK_REALTIME) * 1_000_000) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// RFC 3339 with milliseconds, 24 bytes.
    static func text(_ unixMicroseconds: Int64) -> [UInt8] {
        var seconds = time_t(unixMicroseconds / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S.", &parts)
        let milliseconds = 1000 + unixMicroseconds / 1000 % 1000
        return text.prefix(length).map { UInt8(bitPattern: $0) } + Array("\(milliseconds)".utf8.dropFirst())
            + [UInt8(ascii: "Z")]
    }
}
