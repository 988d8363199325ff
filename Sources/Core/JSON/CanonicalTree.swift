/// One value taken apart in a single pass, so that members can be put in order. Never recursive.
struct CanonicalTree {
    private struct Node {
        var kind: JSONKind
        /// In `keys`; a member of an object has one.
        var key: Range<Int>?
        /// Of a scalar.
        var text: Bytes
        var children: (first: Int, last: Int)?
        var next: Int?
    }

    private enum Step {
        case value(Int)
        case close(JSONKind)
    }

    private var nodes: [Node] = []
    /// All keys one behind the other, escapes resolved.
    private var keys: [UInt8] = []

    init(_ value: JSONValue) {
        let bytes = value.bytes
        bytes.withUnsafeBufferPointer { read($0, of: bytes) }
    }

    private mutating func read(_ buffer: UnsafeBufferPointer<UInt8>, of bytes: Bytes) {
        var scanner = JSONScanner(buffer, maxDepth: .max)
        var open: [Int] = []
        var key: Range<Int>?
        repeat {
            scanner.skipSeparators()
            let start = scanner.position
            if scanner.skip(UInt8(ascii: "{")) {
                open.append(add(.object, key: &key, to: open.last))
            } else if scanner.skip(UInt8(ascii: "[")) {
                open.append(add(.array, key: &key, to: open.last))
            } else if scanner.skip(UInt8(ascii: "}")) || scanner.skip(UInt8(ascii: "]")) {
                _ = open.popLast()
            } else {
                guard (try? scanner.skipScalar()) != nil else { return }
                let text = bytes[bytes.startIndex + start..<bytes.startIndex + scanner.position]
                if let parent = open.last, nodes[parent].kind == .object, key == nil {
                    key = addKey(text)
                } else {
                    _ = add(JSONValue(trusted: text).kind, key: &key, text: text, to: open.last)
                }
            }
        } while !open.isEmpty
    }

    private mutating func addKey(_ text: Bytes) -> Range<Int> {
        let start = keys.count
        JSONText.decode(text.dropFirst().dropLast(), to: &keys)
        return start..<keys.count
    }

    private mutating func add(_ kind: JSONKind, key: inout Range<Int>?, text: Bytes = [], to parent: Int?) -> Int {
        let index = nodes.count
        nodes.append(Node(kind: kind, key: key, text: text))
        key = nil
        guard let parent else { return index }
        if let children = nodes[parent].children { nodes[children.last].next = index }
        nodes[parent].children = (nodes[parent].children?.first ?? index, index)
        return index
    }

    /// Of several equal keys only the last, and the keys sorted by their bytes.
    func write(to writer: inout JSONWriter) {
        guard !nodes.isEmpty else { return }
        var steps = [Step.value(0)]
        while let step = steps.popLast() {
            switch step {
            case .value(let index): write(nodes[index], to: &writer, &steps)
            case .close(.object): writer.endObject()
            case .close: writer.endArray()
            }
        }
    }

    private func write(_ node: Node, to writer: inout JSONWriter, _ steps: inout [Step]) {
        if let key = node.key { writer.key(bytes: keys[key]) }
        switch node.kind {
        case .object:
            writer.beginObject()
            steps.append(.close(.object))
            steps.append(contentsOf: inOrder(children(of: node)).reversed().map { .value($0) })
        case .array:
            writer.beginArray()
            steps.append(.close(.array))
            steps.append(contentsOf: children(of: node).reversed().map { .value($0) })
        default:
            writer.beginValue()
            JSONCanonical.appendScalar(JSONValue(trusted: node.text), to: &writer.bytes)
        }
    }

    private func children(of node: Node) -> [Int] {
        var children: [Int] = []
        var child = node.children?.first
        while let index = child {
            children.append(index)
            child = nodes[index].next
        }
        return children
    }

    private func inOrder(_ members: [Int]) -> [Int] {
        let sorted = members.sorted { isBefore($0, $1) }
        return sorted.indices.compactMap { place in
            let isLast = place + 1 == sorted.count || key(sorted[place]) != key(sorted[place + 1])
            return isLast ? sorted[place] : nil
        }
    }

    private func key(_ index: Int) -> Bytes { nodes[index].key.map { keys[$0] } ?? [] }

    /// Equal keys stay in the order of the text.
    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (leftKey, rightKey) = (key(left), key(right))
        if leftKey.lexicographicallyPrecedes(rightKey) { return true }
        return left < right && leftKey == rightKey
    }
}
