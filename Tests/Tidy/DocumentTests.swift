import Testing

/// What the documents say about the tree is true.
@Suite struct DocumentTests {
    private static var documents: [SourceFile] { Tree.files.filter { $0.path.hasSuffix(".md") } }

    /// Paths that stand on one machine only. The two files that may look beside the checkout say so themselves.
    @Test func `nothing points outside the repository`() {
        let beside = ".." + "/shared"
        let marks = ["/" + "work/", beside, ".." + "/.library"]
        let mayLookBeside = ["scripts/services", ".ci/run"]
        let places = Tree.files.flatMap { file in
            file.lines.enumerated().filter { line in
                marks.contains { line.element.contains($0) && !($0 == beside && mayLookBeside.contains(file.path)) }
            }.map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(places == [])
    }

    /// `[text](target)` and `Run by: path` lead somewhere.
    @Test func `every link in the documents leads somewhere`() {
        var broken: [String] = []
        for document in Self.documents {
            let folder = document.path.split(separator: "/").dropLast().joined(separator: "/")
            for target in Self.links(in: document.text) where !target.contains("://") && !target.hasPrefix("#") {
                let path = target.split(separator: "#").first.map(String.init) ?? ""
                if !Tree.exists(folder.isEmpty ? path : folder + "/" + path) {
                    broken.append("\(document.path): \(target)")
                }
            }
            for line in document.lines where line.hasPrefix("Run by: ") {
                if !Tree.exists(String(line.dropFirst(8))) { broken.append("\(document.path): \(line)") }
            }
        }
        #expect(broken == [])
    }

    /// The last column of the failure table: names of tests in backquotes, or a script.
    @Test func `every test that the failure table names exists`() throws {
        let page = try #require(Tree.file("docs/explanation/failures.md"))
        let tests = Tree.files.filter { $0.path.hasPrefix("Tests/") }.map(\.text)
        var missing: [String] = []
        for line in page.lines where line.hasPrefix("| ") && line.hasSuffix("` |") {
            guard let name = line.split(separator: "|").last?.split(separator: "`").dropFirst().first else { continue }
            let isThere =
                name.hasPrefix("scripts/")
                ? Tree.exists(String(name.prefix { $0 != " " })) : tests.contains { $0.contains("`\(name)`(") }
            if !isThere { missing.append(String(name)) }
        }
        #expect(missing == [])
    }

    private static func links(in text: String) -> [String] {
        text.ranges(of: "](").map { range in String(text[range.upperBound...].prefix { $0 != ")" && $0 != "\n" }) }
    }

    /// The map is the fenced block after the heading "The map": a path, two spaces or more, what it is.
    @Test func `the map in the README matches the tree`() throws {
        let readme = try #require(Tree.file("README.md"))
        let mapped = Self.map(in: readme.text)
        #expect(!mapped.isEmpty)
        let missing = mapped.filter { !Tree.exists($0) }
        #expect(missing == [])
        let folders = Set(
            Tree.files.compactMap { file -> String? in
                let parts = file.path.split(separator: "/")
                guard parts.count > 1, !parts[0].hasPrefix(".") else { return nil }
                return parts[0] == "Sources" && parts.count > 2 ? "Sources/\(parts[1])" : String(parts[0])
            })
        let unmapped = folders.filter { folder in !mapped.contains { $0 == folder || $0.hasPrefix(folder + "/") } }
            .sorted()
        #expect(unmapped == [])
    }

    private static func map(in text: String) -> [String] {
        guard let heading = text.firstRange(of: "## The map"),
            let open = text[heading.upperBound...].firstRange(of: "```\n"),
            let close = text[open.upperBound...].firstRange(of: "\n```")
        else { return [] }
        return text[open.upperBound..<close.lowerBound].split(separator: "\n").flatMap { line in
            guard let end = line.firstRange(of: "  "), line.first != " " else { return [String]() }
            return line[..<end.lowerBound].split(separator: " ").map { part in
                String(part.hasSuffix("/") ? part.dropLast() : part)
            }
        }
    }

    @Test func `every example says which test runs it`() {
        let examples = Set(Tree.files.filter { $0.isBelow("Examples") }.map { $0.path.split(separator: "/")[1] })
        let silent = examples.filter { Tree.file("Examples/\($0)/README.md")?.text.contains("Run by: ") != true }
        #expect(!examples.isEmpty)
        #expect(silent == [])
    }
}
