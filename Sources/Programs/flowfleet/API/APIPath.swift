import API

/// An address of the API: parts that are escaped, and parameters. Absent parameters are left out.
struct APIPath {
    private(set) var text: String
    private var separator: Character = "?"

    /// - `parts`: such as `["runs", id, "tasks"]`; `/v1` stands before them.
    init(_ parts: String...) { text = "/v1" + parts.map { "/" + PathText.encode($0) }.joined() }

    /// One part more; before any parameter.
    func part(_ part: String) -> APIPath {
        var path = self
        path.text += "/" + PathText.encode(part)
        return path
    }

    func with(_ name: String, _ value: String?) -> APIPath {
        guard let value else { return self }
        var path = self
        path.text += "\(separator)\(name)=\(PathText.encode(value))"
        path.separator = "&"
        return path
    }

    func with(_ name: String, _ value: Int?) -> APIPath { with(name, value.map { String($0) }) }

    /// Only when it is set.
    func with(_ name: String, flag: Bool) -> APIPath { with(name, flag ? "true" : nil) }

    func with(_ name: String, all values: [String]) -> APIPath { values.reduce(self) { $0.with(name, $1) } }
}
