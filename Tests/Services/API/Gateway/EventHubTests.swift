import Platform
import Testing
import Workflow

@testable import API
@testable import HTTP

/// Who gets which announcements, and what somebody who comes back has missed.
@Suite struct EventHubTests {
    private let hub = EventHub(epoch: "e", limit: 3)

    private func message(_ run: String, tenant: String = "a", type: String = "flowfleet.run.started") -> ArraySlice<
        UInt8
    > {
        Array(#"{"event_type":"\#(type)","run_id":"\#(run)","tenant_id":"\#(tenant)","status":"running"}"#.utf8)[...]
    }

    private func text(_ feed: HTTPEventFeed?) -> String {
        guard let feed, case .bytes(let bytes) = feed.take(upTo: 1 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a stream gets what it asked for, with ids that grow`() {
        var filter = EventFilter()
        filter.tenantID = "a"
        let feed = hub.open(filter, after: nil)
        #expect(text(feed).contains(": connected"))
        let runs = hub.publish([message("r1"), message("r2", tenant: "b"), message("r3"), Array("[".utf8)[...]])
        #expect(runs == ["r1", "r2", "r3"])
        let got = text(feed)
        #expect(got.contains("id: e-1\nevent: flowfleet.run.started\ndata: {") && got.contains("id: e-3\n"))
        #expect(!got.contains("r2"))
    }

    @Test func `a task's announcement belongs to its run's tenant, and nobody's while that is unknown`() {
        var filter = EventFilter()
        filter.tenantID = "a"
        let feed = hub.open(filter, after: nil)
        let task = { (run: String) in Array(#"{"event_type":"t","run_id":"\#(run)","status":"failed"}"#.utf8)[...] }
        _ = hub.publish([message("r1"), task("r1"), task("stranger")])
        let got = text(feed)
        #expect(got.contains("id: e-2") && !got.contains("stranger"))
    }

    @Test func `who comes back gets what was missed, or is told to look anew`() {
        _ = hub.publish([message("r1"), message("r2"), message("r3")])
        let known = text(hub.open(EventFilter(), after: "e-1"))
        #expect(known.contains("id: e-2\n") && known.contains("id: e-3\n") && !known.contains("id: e-1\n"))
        #expect(text(hub.open(EventFilter(), after: "other-1")).contains("event: resync"))
        #expect(!text(hub.open(EventFilter(), after: "e-3")).contains("resync"))
    }

    @Test func `an event that left the ring cannot be gone on from`() {
        for _ in 0..<11 { _ = hub.publish((0..<1_000).map { message("r\($0)") }) }
        #expect(text(hub.open(EventFilter(), after: "e-1")).contains("event: resync"))
        #expect(!text(hub.open(EventFilter(), after: "e-11000")).contains("event: resync"))
    }

    @Test func `streams are limited, and one that ends makes room`() {
        let feeds = (0..<3).compactMap { _ in hub.open(EventFilter(), after: nil) }
        #expect(feeds.count == 3 && hub.open(EventFilter(), after: nil) == nil)
        feeds[0].close()
        #expect(hub.count == 2 && hub.open(EventFilter(), after: nil) != nil)
    }

    private final class LogTwin: AnnouncementLog {
        var next = AnnouncementIntake()
        func receive(wait: Microseconds) -> AnnouncementIntake { next }
    }

    @Test func `how many streams are open is told`() {
        let open = Gauge()
        let service = StreamService(hub, log: LogTwin(), looks: RunLooks(), open: open, journal: .silent)
        let feeds = [hub.open(EventFilter(), after: nil), hub.open(EventFilter(), after: nil)]
        _ = service.step()
        #expect(open.value == 2)
        feeds[0]?.close()
        _ = service.step()
        #expect(open.value == 1)
    }

    @Test func `what is wrong with the announcements is in the log, once a minute`() {
        let lines = Monitor<[String]>([])
        let journal = Log(
            output: .collect { line in
                let text = String(decoding: line, as: UTF8.self)
                lines.update { $0.append(text) }
            })
        let log = LogTwin()
        log.next.trouble = "the topic run_events does not exist"
        let service = StreamService(hub, log: log, looks: RunLooks(), open: Gauge(), journal: journal)
        for _ in 0..<3 { _ = service.step() }
        let all = lines.withLock { $0 }
        #expect(all.count == 1 && all.first?.contains("the topic run_events does not exist") ?? false)
    }

    @Test func `when too many runs go on to know them all, streams are told to look anew`() {
        let feed = hub.open(EventFilter(), after: nil)
        for part in 0..<100 {
            _ = hub.publish((0..<500).map { message("r\(part)-\($0)") })
            #expect(!text(feed).contains("resync"))
        }
        _ = hub.publish([message("one more")])
        #expect(text(feed).contains("event: resync"))
    }

    @Test func `a stream that is not read is dropped, and the others go on`() {
        let feeds = (0..<2).compactMap { _ in hub.open(EventFilter(), after: nil) }
        for _ in 0..<20 {
            _ = hub.publish((0..<200).map { message("run\($0)") })
            _ = text(feeds[1])
        }
        #expect(hub.count == 1)
    }
}
