public import JSON

/// A JSON value with `${…}` in its strings, taken apart once: stretches of finished text, and what goes between them.
public struct Template: Sendable {
    enum Segment: Sendable {
        /// Finished JSON text.
        case text([UInt8])
        /// A string that is one template: the value itself.
        case value(Reference)
        /// A template inside a string: text.
        case inside(Reference)
    }

    let segments: [Segment]

    /// Every `${…}` in it.
    public var references: [Reference] {
        segments.compactMap { segment in
            switch segment {
            case .text: nil
            case .value(let reference), .inside(let reference): reference
            }
        }
    }

    /// Writes the value it gives in `scope`. After an error the writer holds a part of it and is of no further use.
    public func render(in scope: some TemplateScope, to writer: inout JSONWriter) throws(TemplateError) {
        let start = writer.bytes.count
        for (place, segment) in segments.enumerated() {
            guard writer.bytes.count - start <= Limits.payloadBytes else { throw .tooLarge }
            switch segment {
            case .text(let text): append(text[...], place, &writer)
            case .value(let reference): append(try reference.resolve(in: scope).bytes, place, &writer)
            case .inside(let reference): append(Self.inside(try reference.resolve(in: scope)), place, &writer)
            }
        }
    }

    /// The first stretch goes through the writer, which sees to commas; the others lie inside what it began.
    private func append(_ text: Bytes, _ place: Int, _ writer: inout JSONWriter) {
        if place == 0 { writer.raw(text) } else { writer.bytes.append(contentsOf: text) }
    }

    /// A value as part of a string: strings as they are, everything else in its canonical form, escaped.
    private static func inside(_ value: JSONValue) -> Bytes {
        switch value.kind {
        case .string: return value.bytes.dropFirst().dropLast()
        case .null, .bool: return value.bytes
        case .number: return JSONCanonical.bytes(of: value)[...]
        case .array, .object:
            var writer = JSONWriter()
            writer.string(JSONCanonical.bytes(of: value))
            return writer.bytes.dropFirst().dropLast()
        }
    }
}
