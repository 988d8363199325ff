/// An address of the API: parts that are escaped, and parameters. Absent parameters are left out.
struct APIPath {
    private(set) var text: String
    private var separator: Character = "?"

    /// - `parts`: such as `["runs", id, "tasks"]`; `/v1` stands before them.
    init(_ parts: String...) { text = "/v1" + parts.map { "/" + Self.escape($0) }.joined() }

    func with(_ name: String, _ value: String?) -> APIPath {
        guard let value else { return self }
        var path = self
        path.text += "\(separator)\(name)=\(Self.escape(value))"
        path.separator = "&"
        return path
    }

    func with(_ name: String, _ value: Int?) -> APIPath { with(name, value.map { String($0) }) }

    /// Only when it is set.
    func with(_ name: String, flag: Bool) -> APIPath { with(name, flag ? "true" : nil) }

    func with(_ name: String, all values: [String]) -> APIPath { values.reduce(self) { $0.with(name, $1) } }

    private static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
