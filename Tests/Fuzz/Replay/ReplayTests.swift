import Foundation
import FuzzTargets
import Testing

/// The committed corpus, input by input: what fuzzing reached once stays reached, and what it broke stays whole.
/// `scripts/fuzz` looks for more.
@Suite struct ReplayTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Corpus")

    @Test func `every fuzz target has a corpus, and every corpus a target`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `every input of the corpus keeps what is promised`(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let inputs = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appendingPathComponent(name), includingPropertiesForKeys: nil)
        #expect(inputs.count >= 3)
        for input in inputs {
            let bytes = try [UInt8](Data(contentsOf: input))
            let problem = target.check(bytes[...])
            #expect(problem == nil, "\(name)/\(input.lastPathComponent)")
        }
    }
}
