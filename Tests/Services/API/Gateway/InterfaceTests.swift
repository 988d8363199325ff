import Foundation
import Interface
import TestSupport
import Testing

@testable import API

/// The interface by hand and the route table say the same, both ways.
@Suite struct InterfaceTests {
    private struct Operation: Hashable {
        let route: String
        let scope: String?
        let parameters: Set<String>
        let body: String
        let summary: String
    }

    private var described: Set<Operation> {
        get throws {
            let document = try JSONTree(text: Interface.openapi)
            guard case .object(let paths)? = document["paths"] else { return [] }
            var found: Set<Operation> = []
            for (path, methods) in paths {
                guard case .object(let operations) = methods else { continue }
                for (method, operation) in operations {
                    let names = (operation["parameters"]?.array ?? []).filter { $0["in"]?.string == "query" }
                        .compactMap { $0["name"]?.string }
                    let body = operation["requestBody"].map { $0["required"] == true ? "required" : "optional" }
                    found.insert(
                        Operation(
                            route: "\(method.uppercased()) \(path)", scope: operation["x-scope"]?.string,
                            parameters: Set(names), body: body ?? "none", summary: operation["summary"]?.string ?? ""))
                }
            }
            return found
        }
    }

    @Test func `a body's members that are called unknown are those the interface does not have`() throws {
        let schemas = try JSONTree(text: Interface.openapi)["components"]?["schemas"]
        guard case .object(let run)? = schemas?["RunRequest"]?["properties"],
            case .object(let choices)? = schemas?["CampaignRequest"]?["properties"]?["selection"]?["properties"]
        else {
            Issue.record("the interface has other names for its bodies")
            return
        }
        // Whoever posts the event as it stands names its type.
        #expect(Set(run.keys).union(["event_type"]) == RunSubmission.known)
        #expect(Set(choices.keys) == CampaignBody.choices)
    }

    @Test func `openapi and the route table describe the same routes`() throws {
        let table = Set(
            RouteTable.all.map {
                Operation(
                    route: $0.name, scope: $0.scope?.rawValue, parameters: Set($0.parameters.map(\.name)),
                    body: "\($0.body)", summary: $0.summary)
            })
        let document = try described
        let onlyInTable = table.subtracting(document).map(\.route).sorted()
        let onlyInDocument = document.subtracting(table).map(\.route).sorted()
        #expect(onlyInTable == [])
        #expect(onlyInDocument == [])
        #expect(table.count == RouteTable.all.count)
    }

    @Test func `the reference page is what the table says`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/reference/http-api.md")
        let page = RouteTable.referencePage
        if ProcessInfo.processInfo.environment["FLOWFLEET_WRITE_REFERENCE"] == "1" {
            try Data(page.utf8).write(to: file)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(committed == page, "run the test with FLOWFLEET_WRITE_REFERENCE=1 and commit docs/reference")
    }
}
