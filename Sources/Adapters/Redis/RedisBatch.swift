/// Commands for one flight, written in Redis' own format as they are added. Any bytes are allowed everywhere.
///
/// Begin each command with its number of words, then add exactly that many. Clearing keeps the memory.
public struct RedisBatch: Sendable {
    public private(set) var count = 0
    private(set) var encoded: [UInt8] = []
    private var missing = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }
    public var byteCount: Int { encoded.count }

    public mutating func clear() {
        encoded.removeAll(keepingCapacity: true)
        count = 0
        missing = 0
    }

    public mutating func begin(words: Int) {
        precondition(missing == 0 && words > 0, "the command before is not complete")
        count += 1
        missing = words
        line(UInt8(ascii: "*"), words)
    }

    public mutating func add(_ bytes: ArraySlice<UInt8>) {
        open(bytes.count)
        encoded.append(contentsOf: bytes)
        close()
    }

    public mutating func add(_ bytes: [UInt8]) { add(bytes[...]) }

    /// One word in three pieces.
    public mutating func add(_ first: [UInt8], _ second: [UInt8], _ third: [UInt8]) {
        open(first.count + second.count + third.count)
        encoded.append(contentsOf: first)
        encoded.append(contentsOf: second)
        encoded.append(contentsOf: third)
        close()
    }

    public mutating func add(_ text: String) {
        let utf8 = text.utf8
        open(utf8.count)
        encoded.append(contentsOf: utf8)
        close()
    }

    public mutating func add(_ value: Int) { add(String(value)) }

    /// A whole command of text words.
    public mutating func command(_ words: String...) { command(words) }

    public mutating func command(_ words: [String]) {
        begin(words: words.count)
        for word in words { add(word) }
    }

    /// Runs a script by its digest; `keys` and `arguments` have to be added next, keys first.
    public mutating func evaluate(_ script: RedisScript, keys: Int, arguments: Int) {
        begin(words: 3 + keys + arguments)
        add("EVALSHA")
        add(script.digest)
        add(keys)
    }

    var isComplete: Bool { missing == 0 }

    private mutating func open(_ length: Int) {
        precondition(missing > 0, "more words than announced")
        missing -= 1
        line(UInt8(ascii: "$"), length)
    }

    private mutating func line(_ sign: UInt8, _ number: Int) {
        encoded.append(sign)
        encoded.append(contentsOf: String(number).utf8)
        close()
    }

    private mutating func close() {
        encoded.append(13)
        encoded.append(10)
    }
}
