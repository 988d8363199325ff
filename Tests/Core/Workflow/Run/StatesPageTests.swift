import Foundation
import Testing

@testable import Workflow

@Suite struct StatesPageTests {
    @Test func `the states page tells what the code allows`() throws {
        let page = try String(contentsOf: pagePath, encoding: .utf8)
        let parts = page.components(separatedBy: "## Tasks")
        for status in RunStatus.allCases {
            #expect(targets(of: status.rawValue, in: parts[0]) == Set(status.next.map(\.rawValue)), "run \(status)")
        }
        for status in TaskStatus.allCases {
            #expect(targets(of: status.rawValue, in: parts[1]) == Set(status.next.map(\.rawValue)), "task \(status)")
        }
    }

    @Test func `a status is final for a run exactly when completed_at is set`() {
        #expect(RunStatus.allCases.filter(\.isFinal) == [.completed, .failed, .cancelled])
        #expect(TaskStatus.allCases.filter(\.isOpen) == [.pending, .running, .retrying])
    }

    private var pagePath: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../../docs/reference/states.md")
    }

    private func targets(of state: String, in part: String) -> Set<String>? {
        guard let line = part.split(separator: "\n").first(where: { $0.hasPrefix("| `\(state)` |") }),
            let cell = line.split(separator: "|").last(where: { $0.contains("`") || $0.contains("–") })
        else { return nil }
        return Set(cell.split(separator: "`").map(String.init).filter { $0.allSatisfy(\.isLetter) && !$0.isEmpty })
    }
}
