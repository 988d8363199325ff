import Foundation
import Testing
import Workflow

@testable import Stores

/// Kept results as files.
@Suite struct OrphanDirectoryTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orphans-\(UUID().uuidString)")

    private func file(_ name: String, _ text: String, hoursAgo hours: Double) throws {
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        let time = Date(timeIntervalSinceNow: -hours * 3_600)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: url.path)
    }

    private var there: Set<String> { Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []) }

    @Test func `only old files of ours are named, drafts of the dead go, and those of others stay`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let directory = OrphanDirectory(folder.path)
        let odd = Identifier("a/\"ü\u{5C}")
        try directory.write(Array(#"{"workflow_id":"young"}"#.utf8), run: "young")
        try directory.write(Array(#"{"workflow_id":"a/\"ü\\","results":{}}"#.utf8), run: odd)
        let name = try #require(there.first { $0.hasPrefix("a") })
        try file(name, #"{"workflow_id":"a/\"ü\\","results":{}}"#, hoursAgo: 2)
        try file("r1.json", #"{"workflow_id":"r1","timestamp":""#, hoursAgo: 2)
        try file("other.json", #"{"workflow_id":"r1"}"#, hoursAgo: 2)
        try file("notes.json", "[]", hoursAgo: 2)
        try file("readme.txt", "", hoursAgo: 2)
        try file(".7-r9.json.part", "", hoursAgo: 2)
        try file(".8-r9.json.part", "", hoursAgo: 0)
        let names = directory.names(olderThan: 3_600_000_000)
        #expect(Set(names) == [name, "r1.json", "other.json", "notes.json"])
        #expect(directory.run(of: name) == odd && directory.run(of: "r1.json") == "r1")
        #expect(directory.run(of: "other.json") == nil && directory.run(of: "notes.json") == nil)
        directory.remove("r1.json")
        #expect(there == [name, "young.json", "other.json", "notes.json", "readme.txt", ".8-r9.json.part"])
    }
}
