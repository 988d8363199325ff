import JSON
import Workflow

extension RunNews {
    /// From the event that was fixed with the run's end, or from how a run that goes on stands.
    init(_ owed: OwedDelivery, _ run: WatchedRun?) {
        let data = owed.event.flatMap { JSONValue(trusted: $0).member("data") }
        func time(_ name: StaticString) -> Microseconds? {
            data?.member(name)?.text.flatMap { Timestamp.parse($0) }
        }
        let output = data?.member("output").flatMap { $0.isNull ? nil : $0.bytes }
        let status = data?.member("status")?.text.map { String(decoding: $0, as: UTF8.self) }
        self.init(
            runID: owed.runID, flowID: owed.flowID, tenantID: owed.tenantID, userID: owed.userID,
            sessionID: owed.sessionID, status: status.flatMap(RunStatus.init(rawValue:)) ?? run?.status ?? .failed,
            degraded: data?.member("degraded")?.bool ?? false, output: output,
            error: data?.member("error")?.text.map { String(decoding: $0, as: UTF8.self) },
            createdAt: time("created_at") ?? run?.createdAt ?? owed.createdAt, completedAt: time("completed_at"),
            ending: owed.ending, url: owed.url, tasks: run?.progress ?? RunProgress(), body: owed.event ?? [])
    }
}
