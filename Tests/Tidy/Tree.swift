import Foundation

/// One file of the repository, as the tidy tests read it.
struct SourceFile {
    /// From the repository's root: `Sources/Core/JSON/JSONValue.swift`.
    let path: String
    let text: String
    let lines: [Substring]
    /// The lines of a Swift file without comments and texts; empty for others.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = path.hasSuffix(".swift") ? CodeText.lines(of: text) : []
    }

    func isBelow(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }
}

/// The repository on disk.
enum Tree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        .standardizedFileURL

    /// Every text file that is ours: what git knows or would add.
    static let files: [SourceFile] = {
        let names = FileManager.default.enumerator(atPath: root.path)
        var found: [SourceFile] = []
        while let name = names?.nextObject() as? String {
            if [".build", ".git", ".services", ".demo", "__pycache__"].contains(where: {
                name == $0 || name.hasSuffix("/" + $0)
            }) {
                names?.skipDescendants()
                continue
            }
            let url = root.appendingPathComponent(name)
            guard let data = try? Data(contentsOf: url), let text = String(data: data, encoding: .utf8) else {
                continue
            }
            found.append(SourceFile(path: name, text: text))
        }
        return found.sorted { $0.path < $1.path }
    }()

    static var swift: [SourceFile] { files.filter { $0.path.hasSuffix(".swift") } }
    static var sources: [SourceFile] { swift.filter { $0.isBelow("Sources") } }
    static var tests: [SourceFile] { swift.filter { $0.isBelow("Tests") } }

    static func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}
