import Testing

@testable import Workflow

@Suite struct FlowLimitTests {
    static func chain(_ length: Int) -> String {
        Definitions.flow((0..<length).map { ("t\($0)", $0 == 0 ? [] : ["t\($0 - 1)"]) })
    }

    @Test func `a chain of 1,000 is a flow, one of 1,001 is not`() {
        #expect(Definitions.problems(Self.chain(1_000)) == [])
        #expect(Definitions.problems(Self.chain(1_001)) == ["tasks: form a chain of 1001, at most 1000 are allowed"])
    }

    @Test func `10,000 tasks are a flow, 10,001 are not`() {
        #expect(Definitions.problems(Definitions.flow((0..<10_000).map { ("t\($0)", []) })) == [])
        let problems = Definitions.problems(Definitions.flow((0..<10_001).map { ("t\($0)", []) }))
        #expect(problems == ["tasks: has 10001 tasks, at most 10000 are allowed"])
    }

    @Test func `50,000 dependencies are a flow, one more is not`() throws {
        // Ids are short, so that the definition stays within its bytes.
        func layers(_ extra: Int) -> String {
            let first = (0..<250).map { ("a\($0)", [String]()) }
            let second = (0..<200).map { ("b\($0)", (0..<250).map { "a\($0)" }) }
            return Definitions.flow(first + second + [("c", Array(["b0"].prefix(extra)))])
        }
        #expect(Definitions.problems(layers(0)) == [])
        #expect(Definitions.problems(layers(1)) == ["tasks: have 50001 dependencies, at most 50000 are allowed"])
    }

    @Test func `a definition of 1 MiB is read, one byte more is not`() {
        let text = Definitions.one("")
        let fits = text + String(repeating: " ", count: Limits.definitionBytes - text.utf8.count)
        #expect(Definitions.problems(fits) == [])
        #expect(Definitions.problems(fits + " ") == ["definition: has 1048577 bytes, at most 1048576 are allowed"])
    }

    @Test(arguments: [65, 5_000, 100_000]) func `a definition nested too deeply is an ordinary problem`(_ depth: Int) {
        let nested = String(repeating: "[", count: depth - 3) + String(repeating: "]", count: depth - 3)
        let problems = Definitions.problems(Definitions.one(#","inputs":\#(nested)"#))
        #expect(problems.count == 1)
        #expect(problems.first?.contains("nested too deep") == true, "\(problems)")
    }

    @Test func `a thousand problems are listed, the others counted`() {
        let text = Definitions.flow((0..<1_500).map { ("t\($0)", ["missing"]) })
        guard case .failure(let problems) = Definitions.compile(text) else { return #expect(Bool(false)) }
        #expect(problems.problems.count == 1_000)
        #expect(problems.unlisted == 500)
    }

    @Test func `ten thousand templates that name far ancestors are checked in seconds even unoptimised`() {
        let tasks = (0..<8_000).map { place in
            let text = place < 100 ? "" : #","inputs":"${tasks.t\#(place % 100).output}""#
            let list = place < 100 ? "" : "\"t\(place - 100)\""
            return #"{"task_id":"t\#(place)","handler":"h","depends_on":[\#(list)]\#(text)}"#
        }
        #expect(Definitions.problems(#"{"tasks":[\#(tasks.joined(separator: ","))]}"#) == [])
    }
}
