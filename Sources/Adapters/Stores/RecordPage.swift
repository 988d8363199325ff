/// Bytes of records that come together, in one array for many: a record costs no allocation of its own.
///
/// A piece is a range until the page is closed, and a slice from then on. Whoever keeps one keeps its page, so pages
/// are small, and what is large stands alone.
struct RecordPage {
    /// What one record that is kept keeps of others, at most.
    static let size = 16_384
    private var bytes: [UInt8] = []
    /// Ranges of what was added, in that order; nil for what has no bytes here.
    private(set) var pieces: [Range<Int>?] = []

    /// Whether bytes that stand alone would be cheaper.
    static func isLarge(_ count: Int) -> Bool { count > size / 4 }

    func hasRoom(for count: Int) -> Bool { bytes.count + count <= Self.size }

    mutating func add(_ piece: UnsafeRawBufferPointer?) {
        guard let piece = unsafe piece else { return pieces.append(nil) }
        if bytes.capacity < Self.size { bytes.reserveCapacity(Self.size) }
        let start = bytes.count
        unsafe bytes.append(contentsOf: piece)
        pieces.append(start..<bytes.count)
    }

    /// The finished page, and an empty one in its place.
    mutating func close() -> [UInt8] {
        pieces.removeAll(keepingCapacity: true)
        defer { bytes = [] }
        return bytes
    }
}
