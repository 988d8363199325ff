import Foundation
import HTTP
import Platform
import Testing

@testable import flowfleet

/// Where a command finds its gateway, and which key goes there.
@Suite struct PlacesTests {
    let path = NSTemporaryDirectory() + "flowfleet-\(UUID().uuidString)/profiles.json"

    func place(_ environment: [String: String], profile: String? = nil) throws -> APIPlace {
        var values = Values()
        if let profile { values.flags["profile"] = [profile] }
        let settings = ["FLOWFLEET_PROFILES": path].merging(environment) { $1 }
        return try APIPlace(Invocation(values: values, console: Recorder().console, environment: settings))
    }

    private func write() throws {
        var profiles = Profiles()
        profiles.put(.init(name: "a", url: "http://a:1/", key: "ka"))
        profiles.put(.init(name: "b", url: "http://b:1"))
        profiles.current = "a"
        let settings = try Settings(.client, environment: ["FLOWFLEET_PROFILES": path])
        try ProfileFile([:], settings).write(profiles)
    }

    @Test func `flag, settings and the profile in use win in this order, each with its own key`() throws {
        #expect(try place([:]).url == "http://127.0.0.1:8080")
        try write()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let used = try place([:])
        #expect(used.url == "http://a:1" && used.key == "ka")
        let elsewhere = try place(["FLOWFLEET_URL": "http://c:1"])
        #expect(elsewhere.url == "http://c:1" && elsewhere.key == nil, "a profile's key goes to its own gateway only")
        let named = try place(["FLOWFLEET_PROFILE": "b", "FLOWFLEET_KEY": "k"])
        #expect(named.url == "http://b:1" && named.key == "k")
        let flagged = try place(["FLOWFLEET_URL": "http://c:1", "FLOWFLEET_KEY": "k"], profile: "a")
        #expect(flagged.url == "http://a:1" && flagged.key == "ka")
        #expect(throws: CommandFailure.self) { try place([:], profile: "nobody") }
    }

    @Test func `a file of profiles is read as it was written`() throws {
        var profiles = Profiles()
        profiles.put(.init(name: "with \"quotes\"", url: "http://a:1", keyFile: "/k"))
        profiles.put(.init(name: "b", url: "http://b:1", key: "secret"))
        #expect(Profiles(profiles.text) == profiles)
        profiles.current = "b"
        #expect(Profiles(profiles.text) == profiles)
        #expect(Profiles("[]") == nil)
    }

    @Test func `what a proxy says is told by its status`() {
        let place = APIPlace(url: "http://a:1", key: nil, advice: "")
        let codes = [401, 403, 429, 503, 404, 200].map { status in
            CommandFailure(problem: nil, status: status, HTTPClient.Request("GET", "http://a:1"), place).code
        }
        #expect(codes == [.unauthorized, .unauthorized, .unreachable, .unreachable, .unreachable, .unreachable])
    }

    @Test func `addresses are escaped, and what is absent is left out`() {
        let path = APIPath("runs", "a/ü").with("x", Int?.none).with("y", "1&2").with("z", flag: true)
        #expect(path.text == "/v1/runs/a%2F%C3%BC?y=1%262&z=true")
    }

    @Test func `a question is only asked where somebody can answer`() throws {
        var values = Values()
        let mute = try BulkFlags(Invocation(values: values, console: Recorder().console, environment: [:]))
        #expect(throws: CommandFailure.self) { try mute.needConsent("session cancel") }
        #expect(!mute.asks("really?"))
        var console = Recorder().console
        console.ask = { _ in "y" }
        let person = try BulkFlags(Invocation(values: values, console: console, environment: [:]))
        try person.needConsent("session cancel")
        #expect(person.asks("really?"))
        values.flags = ["yes": [""], "dry-run": [""]]
        #expect(throws: CommandFailure.self) {
            try BulkFlags(Invocation(values: values, console: console, environment: [:]))
        }
    }

    @Test func `progress is a bar on a terminal and a line now and then elsewhere`() {
        let (quiet, person) = (Recorder(), Recorder())
        var console = person.console
        console.notesIsTerminal = true
        var (rare, bar) = (Progress(quiet.console), Progress(console))
        for done in 0..<50 {
            rare.show(Progress.bar(done, of: 100))
            bar.show(Progress.bar(done, of: 100))
        }
        bar.end()
        #expect(quiet.notes == "[--------------------] 0 of 100\n")
        #expect(person.notes.split(separator: "\r").count == 50 && person.notes.hasSuffix("\u{1B}[K\n"))
    }
}
