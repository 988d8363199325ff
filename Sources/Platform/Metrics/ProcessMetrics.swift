internal import Glibc

/// What the process itself costs: processor time, memory, open files, start time.
public struct ProcessMetrics: Sendable {
    public init(_ registry: MetricsRegistry, time: any TimeSource = SystemTime()) {
        let started = Double(time.wall) / 1e6
        registry.observed("process_cpu_seconds_total", .counter, "Processor time spent, user and system, in seconds.") {
            ProcessMetrics.processorSeconds()
        }
        registry.observed("process_resident_memory_bytes", .gauge, "Memory held in RAM, in bytes.") {
            ProcessMetrics.residentBytes()
        }
        registry.observed("process_open_fds", .gauge, "Open file descriptors.") { ProcessMetrics.openFiles() }
        registry.observed("process_start_time_seconds", .gauge, "When the process started, in Unix time.") { started }
    }

    static func processorSeconds() -> Double? {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return nil }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    static func residentBytes() -> Double? {
        let fields = (SmallFile.text("/proc/self/statm") ?? "").split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    static func openFiles() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Not `.`, `..` and the folder that is open right now.
        return Double(count - 3)
    }
}
