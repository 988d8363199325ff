import JSON
import TestSupport
import Testing

struct WriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(reserving: 64)
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `commas stand between values and nowhere else`() {
        let text = written {
            $0.beginObject()
            $0.member("a", int: 1)
            $0.key("b")
            $0.beginArray()
            $0.null()
            $0.bool(true)
            $0.bool(false)
            $0.beginObject()
            $0.endObject()
            $0.beginArray()
            $0.endArray()
            $0.string("[" as StaticString)
            $0.string(":" as String)
            $0.raw(Array("{}".utf8)[...])
            $0.int(-5)
            $0.endArray()
            $0.key(bytes: Array("c\"".utf8))
            $0.string("d" as String)
            $0.endObject()
        }
        #expect(text == #"{"a":1,"b":[null,true,false,{},[],"[",":",{},-5],"c\"":"d"}"#)
    }

    @Test func `members are written if they are there`() {
        let text = written {
            $0.beginObject()
            $0.memberIfPresent("a", int: nil)
            $0.memberIfPresent("b", int: 2)
            $0.memberIfPresent("c", string: [UInt8]?.none)
            $0.memberIfPresent("d", string: Array("x".utf8))
            $0.memberIfPresent("e", raw: nil)
            $0.memberIfPresent("f", raw: Array("[]".utf8)[...])
            $0.member("g", bool: true)
            $0.member("h", string: "i" as String)
            $0.member("j", string: "k" as StaticString)
            $0.member("l", raw: Array("null".utf8)[...])
            $0.endObject()
        }
        #expect(text == #"{"b":2,"d":"x","f":[],"g":true,"h":"i","j":"k","l":null}"#)
    }

    @Test func `several texts follow each other, and a cleared writer is as good as new`() {
        var writer = JSONWriter()
        for _ in 0..<2 {
            writer.beginArray()
            writer.int(1)
            writer.endArray()
            writer.string("x" as StaticString)
        }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"[1]"x"[1]"x""#)
        writer.beginObject()
        writer.clear()
        writer.int(1)
        writer.int(2)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "12")
    }

    @Test func `it writes at any depth`() throws {
        var writer = JSONWriter()
        for level in 0..<500 {
            writer.beginArray()
            writer.int(level)
        }
        for level in 0..<500 {
            writer.int(level)
            writer.endArray()
        }
        let value = try JSONValue(validating: writer.bytes[...], limits: JSONLimits(maxDepth: 500))
        #expect(value.depth == 500 && value.element(0)?.int == 0 && value.element(2)?.int == 499)
    }

    @Test func `a random value written part by part keeps its value`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("written values: seed \(seed)")
        var texts = RandomJSON(seed: seed)
        for _ in 0..<2_000 {
            let value = try JSONValue(validating: texts.document()[...])
            var writer = JSONWriter()
            copy(value, to: &writer)
            // Halves of pairs have no characters: they are written as U+FFFD, which `==` takes for the same.
            #expect(try JSONValue(validating: writer.bytes[...]) == value, "seed \(seed)")
        }
    }

    private func copy(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value.kind {
        case .null: writer.null()
        case .bool: writer.bool(value.bool ?? false)
        case .number: if let int = value.int { writer.int(int) } else { writer.raw(value.bytes) }
        case .string: writer.string(value.string() ?? [])
        case .array:
            writer.beginArray()
            value.forEachElement { copy($0, to: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            value.forEachMember { key, member in
                writer.key(bytes: key.string() ?? [])
                copy(member, to: &writer)
            }
            writer.endObject()
        }
    }
}
