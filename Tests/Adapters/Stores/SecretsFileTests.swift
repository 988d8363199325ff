import Foundation
import Platform
import Testing
import Workflow

@testable import Stores

/// Whom each secret of the file is for.
@Suite struct SecretsFileTests {
    private func book(_ json: String) throws -> SecretsFile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID().uuidString)").path
        try Data(json.utf8).write(to: URL(fileURLWithPath: path))
        let book = SecretsFile(path, clock: SystemLaneClock(), log: Log.silent)
        // It is read at the first question.
        _ = book.secrets(named: "", for: "a", at: "")
        try FileManager.default.removeItem(atPath: path)
        return book
    }

    private func revealed(_ book: SecretsFile, _ name: String, _ tenant: Identifier, _ url: String) -> [String] {
        book.secrets(named: name, for: tenant, at: url).map(\.revealed)
    }

    @Test func `a text and a list are for everybody, as they were`() throws {
        let book = try book(#"{"one":"whsec_a","two":["whsec_b","whsec_c"]}"#)
        let found = [revealed(book, "one", "x", "http://y"), revealed(book, "two", "z", "https://u@v")]
        #expect(found == [["whsec_a"], ["whsec_b", "whsec_c"]])
        #expect(revealed(book, "three", "x", "http://y").isEmpty)
    }

    @Test func `an object says for which tenants and hosts a secret is; for all others it is not there`() throws {
        let book = try book(
            #"{"crm":{"secrets":["whsec_a"],"tenants":["b"],"hosts":["crm.example"]},"t":{"secrets":"whsec_b","tenants":["b"]}}"#
        )
        let cases: [(String, Identifier, String, isThere: Bool)] = [
            ("crm", "b", "https://CRM.example/in", true), ("crm", "b", "https://crm.example:8443/in", true),
            ("crm", "a", "https://crm.example/in", false), ("crm", "b", "https://a.evil/in", false),
            ("crm", "b", "https://crm.example.a.evil/in", false), ("crm", "b", "https://crm.example@a.evil/", false),
            ("crm", "b", "https://crm.example\\@a.evil/", false), ("crm", "b", "https://u:p@crm.example/in", false),
            ("t", "b", "https://anywhere", true), ("t", "a", "https://anywhere", false),
        ]
        for (name, tenant, url, isThere) in cases {
            let isFound = !revealed(book, name, tenant, url).isEmpty
            #expect(isFound == isThere, "\(name) \(tenant) \(url)")
        }
    }

    @Test(arguments: [
        #"{"secrets":"whsec_a","tenant":["b"]}"#, #"{"secrets":"whsec_a","tenants":[7]}"#,
        #"{"secrets":"whsec_a","hosts":{}}"#, #"{"tenants":["b"]}"#, "7", #"[7]"#, "null",
    ])
    func `an entry that makes no sense is none, and the others stay`(entry: String) throws {
        let book = try book(#"{"bad":\#(entry),"good":"whsec_g"}"#)
        #expect(
            revealed(book, "bad", "b", "https://x").isEmpty && revealed(book, "good", "b", "https://x") == ["whsec_g"])
    }
}
