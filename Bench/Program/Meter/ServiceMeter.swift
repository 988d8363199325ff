import Foundation
import TestSupport

/// What is counted at one moment.
struct Counts {
    let time: Double
    /// Microseconds of processor time by process.
    let processor: [String: Double]
    let walBytes: Double
    let logBytes: Double
    let allocations: [String: AllocationCounts]
}

/// Reads the counters of the fleet, of the services and of the bench itself.
final class ServiceMeter {
    private let fleet: Fleet
    private let link: PostgresLink
    private let servicePIDs: [(name: String, pid: Int32)]
    private let dataFolder: String
    private let preload: AllocationMeter?

    init(_ fleet: Fleet, preload: AllocationMeter? = nil) throws {
        self.fleet = fleet
        self.preload = preload
        link = try PostgresLink(fleet.database)
        let settings = ProcessInfo.processInfo.environment
        servicePIDs = ["kafka", "postgres", "redis"].compactMap { name in
            settings["FLOWFLEET_\(name.uppercased())_PID"].flatMap { Int32($0) }.map { (name, $0) }
        }
        dataFolder = fleet.services.folder + "/kafka/data"
    }

    func read() throws -> Counts {
        let wal = try link.number("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')") ?? 0
        let log = logBytes()
        return Counts(
            time: Instants.monotonic, processor: processor(), walBytes: wal, logBytes: log,
            allocations: preload?.read() ?? [:])
    }

    private func processor() -> [String: Double] {
        var times: [String: Double] = [:]
        for process in fleet.processes where process.isRunning {
            let kind = process.name.split(separator: "-").dropLast().joined(separator: "-")
                .replacingOccurrences(of: "floor-", with: "")
            times[kind, default: 0] += ProcessTimes.microseconds(process.pid) ?? 0
        }
        for (name, pid) in servicePIDs { times[name] = ProcessTimes.familyMicroseconds(pid) }
        times["driver"] = ProcessTimes.microseconds(getpid())
        return times
    }

    /// The log files of this fleet's topics; 0 where Kafka's folder cannot be seen.
    private func logBytes() -> Double {
        let manager = FileManager.default
        let topics = (try? manager.contentsOfDirectory(atPath: dataFolder)) ?? []
        return topics.filter { $0.hasPrefix(fleet.topicPrefix) }.reduce(0.0) { sum, topic in
            let files = (try? manager.contentsOfDirectory(atPath: "\(dataFolder)/\(topic)")) ?? []
            return files.filter { $0.hasSuffix(".log") }.reduce(sum) { sum, file in
                let attributes = try? manager.attributesOfItem(atPath: "\(dataFolder)/\(topic)/\(file)")
                return sum + ((attributes?[.size] as? NSNumber)?.doubleValue ?? 0)
            }
        }
    }
}
