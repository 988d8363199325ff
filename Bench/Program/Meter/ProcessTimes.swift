import Glibc

/// Processor time and memory of processes, read from /proc.
enum ProcessTimes {
    private static let tick = 1_000_000 / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))

    /// Microseconds in user and system mode; with those of ended children that were waited for, if wished.
    static func microseconds(_ pid: Int32, withEndedChildren: Bool = false) -> Double? {
        guard let fields = stat(pid), fields.count > 14 else { return nil }
        let wanted = withEndedChildren ? 11...14 : 11...12
        return fields[wanted].reduce(0) { $0 + (Double($1) ?? 0) } * tick
    }

    /// A process with all its children, living and ended: Postgres with every backend.
    static func familyMicroseconds(_ pid: Int32) -> Double? {
        guard let own = microseconds(pid, withEndedChildren: true) else { return nil }
        return children(of: pid).reduce(own) { $0 + (microseconds($1) ?? 0) }
    }

    static func children(of pid: Int32) -> [Int32] {
        guard let text = SmallFile.text("/proc/\(pid)/task/\(pid)/children") else { return [] }
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    /// Bytes that are in memory.
    static func residentBytes(_ pid: Int32) -> Double? {
        guard let text = SmallFile.text("/proc/\(pid)/statm") else { return nil }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) }
        return pages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }

    /// The fields after the program's name, which may hold spaces itself; the first is the state.
    private static func stat(_ pid: Int32) -> [Substring]? {
        guard let text = SmallFile.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }
}

/// Small files of /proc, whole.
enum SmallFile {
    static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk.prefix(count)
        }
    }
}
