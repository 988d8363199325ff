import Testing

/// How we write, as far as a machine can tell.
@Suite struct StyleTests {
    /// Gives `path:line` of every line of code that a rule finds.
    private func places(_ files: [SourceFile], _ isWrong: (String) -> Bool) -> [String] {
        files.flatMap { file in
            file.code.enumerated().filter { isWrong($0.element) }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
    }

    private func mayBeUnchecked(_ file: SourceFile) -> Bool {
        file.isBelow("Sources/Platform") || file.isBelow("Sources/Adapters")
    }

    @Test func `no try! and no force unwrap`() {
        #expect(places(Tree.sources) { Words.hasForce($0) } == [])
    }

    @Test func `no print in Sources`() {
        #expect(places(Tree.sources) { Words.calls("print", in: $0) || Words.calls("debugPrint", in: $0) } == [])
    }

    @Test func `no detached tasks`() {
        #expect(places(Tree.sources) { $0.contains("Task.detached") } == [])
    }

    @Test func `unchecked Sendable only where C begins`() {
        #expect(places(Tree.sources.filter { !mayBeUnchecked($0) }) { $0.contains("@unchecked Sendable") } == [])
    }

    @Test func `no loop sleeps`() {
        let sleeps = ["usleep", "nanosleep", "sleep"]
        #expect(places(Tree.sources) { line in sleeps.contains { Words.calls($0, in: line) } } == [])
    }

    @Test func `no type is named by an empty word`() {
        let empty = ["Manager", "Helper", "Helpers", "Utils", "Util", "Common", "Models", "V2"]
        let kinds = ["struct ", "class ", "enum ", "protocol ", "actor ", "typealias "]
        let types = places(Tree.swift) { line in
            kinds.contains { kind in
                line.components(after: kind).contains { name in empty.contains { name.hasSuffix($0) } }
            }
        }
        let names = Tree.swift.map(\.path).filter { path in
            path.split(separator: "/").contains { part in empty.contains { part == $0 || part.hasSuffix($0 + ".swift") }
            }
        }
        #expect(types == [])
        #expect(names == [])
    }

    /// Swift 6.3 takes a closure inside `#expect`, itself inside a closure, for another one of the same function: a
    /// wait then asks what another wait was to ask. Scenarios live in their fleet's closure, so they bind results.
    @Test func `no expectation of a scenario holds a closure`() {
        let scenarios = Tree.swift.filter { $0.isBelow("Tests/Integration") }
        #expect(scenarios.count > 10)
        let wrong = scenarios.flatMap { file in
            ["#expect", "#require"].flatMap { Words.arguments(of: $0, in: file.code) }
                .filter { $0.text.contains("{") }.map { "\(file.path):\($0.line)" }
        }
        #expect(wrong == [])
    }

    /// A text that is one literal may stick out: cut in two it would be harder to find.
    @Test func `no file is longer than 300 lines and no line than 120 columns`() {
        let files = Tree.swift.filter { $0.lines.count > 301 }.map { "\($0.path): \($0.lines.count)" }
        let lines = Tree.swift.flatMap { file in
            zip(file.lines, file.code).enumerated().filter { _, line in
                let isLiteral = line.1.contains("\"") && line.1.count <= 120
                return line.0.count > 120 && !isLiteral
            }.map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(files == [])
        #expect(lines == [])
    }

    @Test func `nothing is left for later in a comment`() {
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX:"]
        let places = Tree.files.flatMap { file in
            file.lines.enumerated().filter { line in marks.contains { line.element.contains($0) } }
                .map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(places == [])
    }

    @Test func `a test that is skipped says why`() {
        let bare = places(Tree.tests) {
            $0.contains(".disabled()") || $0.contains(".disabled,") || $0.hasSuffix(".disabled")
        }
        #expect(bare == [])
    }

    @Test func `a Main says settings, clients, service and no more than forty lines`() {
        let long = Tree.sources.filter { $0.path.hasSuffix("/Main.swift") && $0.lines.count > 41 }.map(\.path)
        #expect(long == [])
    }

    @Test func `the rules find what they should`() {
        let wrong = ["try! run()", "let x = y!", "a!.b", "f()!", "a[0]! + 1", "x as! Int"]
        let right = ["if !x { }", "a != b", "!done", "(!a, !b)", "#if !DEBUG", "guard !a.b else"]
        #expect(wrong.filter { !Words.hasForce($0) } == [])
        #expect(right.filter { Words.hasForce($0) } == [])
        #expect(Words.calls("print", in: "print(1)") && !Words.calls("print", in: "blueprint(1)"))
        #expect(!Words.calls("sleep", in: "case .sleep(let ms)") && !Words.calls("sleep", in: "func sleep(ms)"))
        #expect(CodeText.lines(of: "let a = \"try! // x\" // try!\n/* a!\n */ b") == ["let a = \"\" ", "", " b"])
    }
}
