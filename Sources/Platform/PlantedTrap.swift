import Glibc

/// A record that kills its reader, planted by a test: in debug builds, and only when `FLOWFLEET_PLANTED_TRAP` is set, a
/// record that holds that text ends the process as a trap in a decoder would.
public enum PlantedTrap {
    @inline(__always)
    public static func spring(on record: ArraySlice<UInt8>) {
        #if DEBUG
            guard !text.isEmpty, holds(text, record) else { return }
            kill(getpid(), SIGKILL)
        #endif
    }

    static func holds(_ text: [UInt8], _ record: ArraySlice<UInt8>) -> Bool {
        guard record.count >= text.count, let first = text.first else { return false }
        return (record.startIndex...(record.endIndex - text.count)).contains { start in
            record[start] == first && record[start..<(start + text.count)].elementsEqual(text)
        }
    }

    private static let text: [UInt8] = getenv("FLOWFLEET_PLANTED_TRAP").map { Array(String(cString: $0).utf8) } ?? []
}
