import Foundation
import Platform
import Testing

@testable import flowfleet

/// Which services `dev` takes, and what it writes and prints of them.
@Suite struct DevTests {
    private let kafka = DevNames.all[0]
    private let postgres = DevNames.all[1]
    private let redis = DevNames.all[2]

    private func refusal(
        _ environment: [String: String], yes: Bool = false, answer: String? = nil
    ) -> CommandFailure? {
        var (values, console) = (Values(), Recorder().console)
        if yes { values.flags["yes"] = [""] }
        if let answer { console.ask = { _ in answer } }
        do throws(CommandFailure) {
            try DevNames(environment).check(Invocation(values: values, console: console, environment: environment))
            return nil
        } catch {
            return error
        }
    }

    @Test func `an address is printed without user and password`() {
        #expect(OutputRecord.bare("postgresql://u:s3cret@h:5432/d") == "postgresql://h:5432/d")
        #expect(OutputRecord.bare("postgresql://u:p@ss@h/d") == "postgresql://h/d")
        #expect(OutputRecord.bare("redis://h:6379") == "redis://h:6379")
        #expect(OutputRecord.bare("127.0.0.1:9092") == "127.0.0.1:9092")
    }

    @Test(arguments: [
        ("127.0.0.1:9092,localhost:9093", true), ("postgresql://u:p@127.0.0.1:5432/d", true),
        ("postgresql:///d", true), ("postgresql:///d?host=/var/run", true), ("redis://[::1]:6379", true),
        ("postgresql://u:p@db.example.org/d", false), ("postgresql://localhost/d?host=db.example.org", false),
        ("localhost:9092,kafka.example.org:9092", false), ("redis://127.0.0.1.example.org:6379", false),
        ("postgresql://127.0.0.1,db.example.org/d", false),
    ])
    func `what is on this machine is told from what is not`(value: String, isHere: Bool) {
        #expect(DevNames.hosts(value).allSatisfy(DevNames.isHere) == isHere, "\(DevNames.hosts(value))")
    }

    @Test func `services elsewhere are only used when somebody says so`() {
        let far = [
            kafka: "127.0.0.1:1", postgres: "postgresql://u:s3cret@db.example.org/d", redis: "redis://127.0.0.1",
        ]
        let refused = refusal(far)
        #expect(refused?.code == .usage && refused?.text.contains("db.example.org") == true)
        #expect(refused?.text.contains("s3cret") == false)
        #expect(refusal(far, yes: true) == nil && refusal(far, answer: "y") == nil)
        #expect(refusal(far, answer: "")?.code == .usage)
        #expect(refusal([kafka: "localhost:1"]) == nil)
    }

    @Test func `a part of the three is named, not passed over`() throws {
        let part = DevNames([kafka: "localhost:1", postgres: "", redis: "redis://localhost"])
        do throws(CommandFailure) {
            try part.refusePart()
            Issue.record("it was passed over")
        } catch {
            #expect(error.message == "\(kafka), \(redis) is set, but not \(postgres)")
        }
        try DevNames([:]).refusePart()
    }

    @Test func `the file of settings is the same however often a fleet was started there`() {
        let services = [kafka: "localhost:1", postgres: "postgresql://u:p'w@localhost/d", redis: "redis://localhost"]
        let first = DevFolder.environment("export FLOWFLEET_SERVICES=/x\n", "http://127.0.0.1:8080", services)
        let second = DevFolder.environment(first, "http://127.0.0.1:8080", services)
        #expect(first == second && first.contains("export FLOWFLEET_SERVICES=/x\n"))
        #expect(first.contains("export \(kafka)='localhost:1'\n") && first.contains("p'\\''w"))
        #expect(first.contains("export FLOWFLEET_URL='http://127.0.0.1:8080'\n"))
    }

    @Test func `a folder has one fleet at a time`() throws {
        let path = "/tmp/flowfleet-dev-\(UInt32.random(in: 0 ... .max))"
        let first = try DevFolder(path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let refused = #expect(throws: CommandFailure.self) { try DevFolder(path) }
        #expect(refused?.code == .conflict && first.path == path)
    }
}
