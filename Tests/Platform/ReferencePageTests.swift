import Foundation
import Testing

@testable import Platform

/// The committed reference pages are what the tables say. `FLOWFLEET_WRITE_REFERENCE=1` writes them instead.
@Suite struct ReferencePageTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs/reference")

    private static let pages: [(name: String, text: String)] = [
        ("settings-orchestrator.md", SettingsTable.orchestrator.referencePage),
        ("settings-executor.md", SettingsTable.executor.referencePage),
        ("settings-retry-worker.md", SettingsTable.retryWorker.referencePage),
        ("settings-drainer.md", SettingsTable.drainer.referencePage),
        ("settings-gateway.md", SettingsTable.gateway.referencePage),
        ("settings-courier.md", SettingsTable.courier.referencePage),
        ("settings-flowfleet.md", SettingsTable.commandLine.referencePage),
        ("metrics.md", MetricsRegistry.referencePage(MetricsTests.programs)),
        ("log-lines.md", LogField.referencePage),
    ]

    @Test(arguments: pages.map(\.name))
    func `the committed page is the generated one`(name: String) throws {
        let page = try #require(Self.pages.first { $0.name == name })
        let file = Self.folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["FLOWFLEET_WRITE_REFERENCE"] == "1" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(page.text.utf8).write(to: file)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(committed == page.text, "run the test with FLOWFLEET_WRITE_REFERENCE=1 and commit docs/reference")
    }
}
