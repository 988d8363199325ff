import JSON
import Workflow

/// What a delivery's row remembers between two claims. Holds no secret: people may read it.
struct DeliveryMemo: Sendable, Equatable {
    /// What channels left behind, by their place in the request.
    var left: [Int: String] = [:]
    /// Places that take nothing more while the run goes on.
    var closed: Set<Int> = []
    /// Places that were told how the result will come.
    var warned: Set<Int> = []
    /// How far the run was when it was told last.
    var percent = 0
    var toldAt: Microseconds?
    /// How many notices of progress went out.
    var told = 0
    /// A chat's token had ended.
    var isSessionClosed = false
    /// Some receiver was asked.
    var wasTried = false
    /// Since when the receiver's limits keep this channel from being used.
    var limitedSince: Microseconds?
    /// What went wrong first: never hidden by what comes after.
    var firstError: String?

    init() {}

    init(reading bytes: Bytes?) {
        guard let bytes else { return }
        let value = JSONValue(trusted: bytes)
        value.member("left")?.forEachMember { key, text in
            guard let place = Int(Self.text(key)) else { return }
            left[place] = Self.text(text)
        }
        value.member("closed")?.forEachElement { if let place = $0.int { closed.insert(place) } }
        value.member("warned")?.forEachElement { if let place = $0.int { warned.insert(place) } }
        percent = value.member("percent")?.int ?? 0
        toldAt = value.member("told_at_us")?.int.map { Microseconds($0) }
        told = value.member("told")?.int ?? 0
        isSessionClosed = value.member("session_closed")?.bool ?? false
        wasTried = value.member("tried")?.bool ?? false
        limitedSince = value.member("limited_since_us")?.int.map { Microseconds($0) }
        firstError = value.member("first_error").map(Self.text)
    }

    private static func text(_ value: JSONValue) -> String { String(decoding: value.text ?? [], as: UTF8.self) }

    var json: Bytes? {
        guard self != DeliveryMemo() else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        if !left.isEmpty {
            writer.key("left")
            writer.beginObject()
            for (place, memo) in left.sorted(by: { $0.key < $1.key }) {
                writer.key(bytes: Array(String(place).utf8))
                writer.string(memo)
            }
            writer.endObject()
        }
        Self.write("closed", closed, &writer)
        Self.write("warned", warned, &writer)
        if percent > 0 { writer.member("percent", int: percent) }
        writer.memberIfPresent("told_at_us", int: toldAt.map { Int($0) })
        if told > 0 { writer.member("told", int: told) }
        if isSessionClosed { writer.member("session_closed", bool: true) }
        if wasTried { writer.member("tried", bool: true) }
        writer.memberIfPresent("limited_since_us", int: limitedSince.map { Int($0) })
        writer.memberIfPresent("first_error", string: firstError?.utf8)
        writer.endObject()
        return writer.bytes[...]
    }

    private static func write(_ name: StaticString, _ places: Set<Int>, _ writer: inout JSONWriter) {
        guard !places.isEmpty else { return }
        writer.key(name)
        writer.beginArray()
        for place in places.sorted() { writer.int(place) }
        writer.endArray()
    }
}
