import API
import JSON
import Testing
import Workflow

@Suite struct FlowRegistryTests {
    let store = RegistryTwin()
    var registry: FlowRegistry { FlowRegistry(store: store, settings: FlowSettings()) }

    func apply(_ text: String, flowID: String? = nil) throws(ServiceFailure) -> AppliedVersion {
        try registry.apply(Array(text.utf8)[...], flowID: flowID)
    }

    static let one = #"{"flow_id":"f","tasks":[{"task_id":"a","handler":"echo"}]}"#
    static let sameValue = #" { "tasks": [ {"handler":"echo", "task_id":"a"} ], "flow_id":"f" }"#
    static let other = #"{"flow_id":"f","tasks":[{"task_id":"b","handler":"echo"}]}"#

    @Test func `content equal to the newest version gives that version back`() throws {
        let applied = [try apply(Self.one), try apply(Self.one), try apply(Self.sameValue)]
        #expect(applied.map(\.isNew) == [true, false, false])
        #expect(applied.map(\.entry.version) == [1, 1, 1])
    }

    @Test func `a version is made over the one that was seen, and over no other`() throws {
        _ = try apply(Self.one)
        let seen = try registry.flow("f")
        let over = Array(Self.other.utf8)[...]
        #expect(try registry.apply(over, over: seen).entry.version == 2)
        let failure = #expect(throws: ServiceFailure.self) { try registry.apply(Array(Self.one.utf8)[...], over: seen) }
        #expect(failure?.code == .conflict && store.versions["f"]?.count == 2)
    }

    @Test func `going back to older content is a new version`() throws {
        let applied = [try apply(Self.one), try apply(Self.other), try apply(Self.one)]
        #expect(applied.map(\.entry.version) == [1, 2, 3])
        #expect(applied[0].entry.sha256 == applied[2].entry.sha256)
    }

    @Test func `a definition with problems gets no version and all of them are told`() {
        let broken =
            #"{"flow_id":"f","tasks":[{"task_id":"a","handler":"x","depends_on":["b"]},{"task_id":"a","handler":""}]}"#
        let failure = #expect(throws: ServiceFailure.self) { try apply(broken) }
        #expect(failure?.code == .invalid)
        #expect((failure?.details.count ?? 0) >= 2)
        #expect(store.versions.isEmpty)
    }

    @Test func `a flow needs an id, from the definition or beside it`() throws {
        let nameless = #"{"tasks":[{"task_id":"a","handler":"echo"}]}"#
        let failure = #expect(throws: ServiceFailure.self) { try apply(nameless) }
        let named = try apply(nameless, flowID: "given")
        #expect(failure?.code == .invalid)
        #expect(named.entry.flowID == "given")
    }

    @Test func `what is not registered is not found, and the newest version is named`() throws {
        _ = try apply(Self.one)
        let noFlow = #expect(throws: ServiceFailure.self) { try registry.flow("none") }
        let noVersion = #expect(throws: ServiceFailure.self) { try registry.flow("f", version: 9) }
        #expect(noFlow?.code == .notFound)
        #expect(noVersion?.code == .notFound && noVersion?.advice == "its newest version is 1")
    }

    @Test func `a flow id is read even from a definition with other problems`() {
        let ids = [Self.one, #"{"flow_id":"x","tasks":[]}"#, "[1]", "{", #"{"flow_id":7}"#].map {
            FlowRegistry.flowID(in: Array($0.utf8)[...])
        }
        #expect(ids == ["f", "x", nil, nil, nil])
    }
}
