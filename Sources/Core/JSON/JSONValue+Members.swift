extension JSONValue {
    /// Every member in the order of the text, repeated names included. Nothing if this is no object.
    public func forEachMember(_ body: (_ key: JSONValue, _ value: JSONValue) throws -> Void) rethrows {
        guard kind == .object else { return }
        var position = 1
        while let (key, value) = step(&position, { skipper in skipper.nextMember() }) {
            try body(part(key), part(value))
        }
    }

    /// Names of members that are none of these, in the order of the text: what was misspelt, where that must be told.
    public func memberNames(butOf known: Set<String>) -> [String] {
        var names: [String] = []
        forEachMember { key, _ in
            let name = String(decoding: key.string() ?? [], as: UTF8.self)
            if !known.contains(name) { names.append(name) }
        }
        return names
    }

    public func forEachElement(_ body: (_ element: JSONValue) throws -> Void) rethrows {
        guard kind == .array else { return }
        var position = 1
        while let element = step(&position, { skipper in skipper.nextElement() }) { try body(part(element)) }
    }

    /// An object's member; the last of several with the same name.
    @inlinable public func member(_ name: some Collection<UInt8>) -> JSONValue? {
        if let found = name.withContiguousStorageIfAvailable({ find($0) }) { return found }
        return Array(name).withUnsafeBufferPointer { find($0) }
    }

    public func member(_ name: StaticString) -> JSONValue? {
        name.withUTF8Buffer { find($0) }
    }

    @usableFromInline func find(_ name: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        guard kind == .object else { return nil }
        let found = bytes.withUnsafeBufferPointer { buffer -> Range<Int>? in
            var skipper = JSONSkipper(buffer, at: 1)
            var found: Range<Int>?
            while let (key, value) = skipper.nextMember() {
                if Self.isNamed(name, buffer, key) { found = value }
            }
            return found
        }
        return found.map(part)
    }

    public func element(_ index: Int) -> JSONValue? {
        guard kind == .array, index >= 0 else { return nil }
        let found = bytes.withUnsafeBufferPointer { buffer -> Range<Int>? in
            var skipper = JSONSkipper(buffer, at: 1)
            for _ in 0..<index { guard skipper.nextElement() != nil else { return nil } }
            return skipper.nextElement()
        }
        return found.map(part)
    }

    /// - `key`: with its quotes.
    private static func isNamed(
        _ name: UnsafeBufferPointer<UInt8>, _ buffer: UnsafeBufferPointer<UInt8>, _ key: Range<Int>
    ) -> Bool {
        guard key.count >= name.count + 2 else { return false }
        let inner = UnsafeBufferPointer(rebasing: buffer[key.lowerBound + 1..<key.upperBound - 1])
        return JSONText.isInner(inner, equalTo: name)
    }

    private func step<Found>(_ position: inout Int, _ move: (inout JSONSkipper) -> Found?) -> Found? {
        bytes.withUnsafeBufferPointer { buffer in
            var skipper = JSONSkipper(buffer, at: position)
            let found = move(&skipper)
            position = skipper.position
            return found
        }
    }

    private func part(_ range: Range<Int>) -> JSONValue {
        let start = bytes.startIndex
        return JSONValue(trusted: bytes[start + range.lowerBound..<start + range.upperBound])
    }
}
