import Glibc

/// Bytes of one message, in memory that is kept from message to message.
struct FloorText {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(16_384) }

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }
    mutating func put(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
    mutating func put(_ text: [UInt8]) { bytes.append(contentsOf: text) }
    mutating func put(_ text: UnsafeRawBufferPointer) { bytes.append(contentsOf: text) }
    mutating func put(task number: Int) {
        bytes.append(UInt8(ascii: "t"))
        for power in [1000, 100, 10, 1] { bytes.append(48 + UInt8(number / power % 10)) }
    }
    mutating func put(digit: Int32) { bytes.append(48 + UInt8(digit % 10)) }
}

/// Where things are in the product's messages when ids have one length.
enum FloorPlaces {
    /// `{"run_id":"`, and the id.
    static let runID = 11..<31
    /// `","task_id":"t`, and four digits.
    static let task = 45..<49

    static func part(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// What lies between two marks; empty when they are not there.
    static func between(_ bytes: UnsafeRawBufferPointer, _ first: StaticString, _ last: StaticString)
        -> UnsafeRawBufferPointer
    {
        guard let open = place(of: first, in: bytes, from: 0),
            let close = place(of: last, in: bytes, from: open + first.utf8CodeUnitCount)
        else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return part(bytes, (open + first.utf8CodeUnitCount)..<close)
    }

    private static func place(of mark: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let memory = bytes.baseAddress else { return nil }
        let length = mark.utf8CodeUnitCount
        var at = start
        while at + length <= bytes.count {
            let first = Int32(mark.utf8Start.pointee)
            guard let found = memchr(memory + at, first, bytes.count - length + 1 - at) else { return nil }
            at = UnsafeRawPointer(found) - memory
            if memcmp(memory + at, mark.utf8Start, length) == 0 { return at }
            at += 1
        }
        return nil
    }
}
