import JSON
import Testing

struct MembersTests {
    private func scanned(_ text: String) throws -> JSONMembers {
        var members = JSONMembers()
        try members.scan(Array(text.utf8)[...])
        return members
    }

    @Test func `members are slices of the text`() throws {
        let text = Array(#"## { "run_id" : "r-1" , "output":{"a":[1, 2]},"attempt":0 } "#.utf8)
        var members = JSONMembers()
        try members.scan(text[2...])
        #expect(members.count == 3)
        #expect(members["run_id"]?.plainString.map { Array($0) } == Array("r-1".utf8))
        #expect(members["output"].map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"a":[1, 2]}"#)
        #expect(members["output"].map { text[$0.bytes.indices] == $0.bytes } == true)
        #expect(members["attempt"]?.int == 0)
    }

    @Test func `the last of several equal keys wins, escaped or not`() throws {
        let members = try scanned(#"{"a":1,"b":2,"a":3,"\u0062":4,"c":5,"c":null}"#)
        #expect(members.count == 6)
        #expect(members["a"]?.int == 3 && members["b"]?.int == 4)
        #expect(members["c"] == nil && members.contains("c"))
        let value = try JSONValue(validating: Array(#"{"a":1,"\u0061":{"x":1},"b":0}"#.utf8)[...])
        #expect(value.member("a")?.kind == .object && value.member("b")?.int == 0)
    }

    @Test func `null means absent, and can be told from it`() throws {
        let members = try scanned(#"{"a":null}"#)
        #expect(members["a"] == nil && members.contains("a") && !members.contains("b"))
    }

    @Test func `each member tells by itself whether it can be stored`() throws {
        let members = try scanned(
            #"{"ok":"\u0001","zero":["\u0000"],"half":{"\ud800":1},"large":1e200000,"small":1e-20000,"fine":1e399}"#)
        for name: StaticString in ["ok", "fine", "absent"] { #expect(members.isStorable(name)) }
        for name: StaticString in ["zero", "half", "large", "small"] { #expect(!members.isStorable(name)) }
        for name: StaticString in ["ok", "zero", "half", "large", "small", "fine"] {
            #expect(members[name]?.isStorable == members.isStorable(name))
        }
    }

    @Test func `nothing of an earlier text is left`() throws {
        var members = try scanned(#"{"a":1,"b":2}"#)
        try members.scan(Array(#"{"c":3}"#.utf8)[...])
        #expect(members.count == 1 && members["a"] == nil && members["c"]?.int == 3)
        #expect(throws: JSONError.self) { try members.scan(Array(#"{"d":4,}"#.utf8)[...]) }
        #expect(members.count == 0 && members["c"] == nil && members["d"] == nil)
        try members.scan(Array("{}".utf8)[...])
        #expect(members.count == 0)
    }

    @Test(arguments: ["1", "[]", #""{}""#, "null", " true "])
    func `another value than an object is valid, and says so`(_ text: String) {
        #expect(throws: JSONError(.notAnObject, at: 0)) { try scanned(text) }
    }

    @Test func `parts of a value are found by name, by place, one by one`() throws {
        let text = #" { "a" : [ 10 , "x" , null , [ ] , { } ] , "b" : { "c" : { "d" : true } } } "#
        let value = try JSONValue(validating: Array(text.utf8)[...])
        let list = try #require(value.member("a"))
        var kinds: [JSONKind] = []
        list.forEachElement { kinds.append($0.kind) }
        #expect(kinds == [.number, .string, .null, .array, .object])
        for (index, kind) in kinds.enumerated() { #expect(list.element(index)?.kind == kind) }
        #expect(list.element(5) == nil && list.element(-1) == nil && value.element(0) == nil && list.member("a") == nil)
        #expect(value.member("b")?.member("c")?.member("d")?.bool == true)
        var keys: [[UInt8]] = []
        value.forEachMember { key, _ in keys.append(key.string() ?? []) }
        #expect(keys == [Array("a".utf8), Array("b".utf8)])
    }

    @Test func `a value of one kind is none of another`() throws {
        for (text, kind) in zip(["null", "true", "12", #""s""#, "[1]", #"{"a":1}"#], JSONKind.allCases) {
            let value = try JSONValue(validating: Array(text.utf8)[...])
            #expect(value.kind == kind && value.isNull == (kind == .null))
            #expect((value.bool != nil) == (kind == .bool) && (value.int != nil) == (kind == .number))
            #expect((value.double != nil) == (kind == .number) && (value.string() != nil) == (kind == .string))
            #expect((value.plainString != nil) == (kind == .string) && (value.element(0) != nil) == (kind == .array))
            #expect((value.member("a") != nil) == (kind == .object))
        }
    }
}
