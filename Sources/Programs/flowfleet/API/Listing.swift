import Platform

/// A list of the gateway, read page after page.
struct Listing {
    private let api: APIClient
    private let path: APIPath
    private(set) var next: String?
    private var left: Int
    private var isAtEnd = false
    private static let page = 200

    /// - `limit`: how many at most; nil: all.
    init(_ api: APIClient, _ path: APIPath, limit: Int?, cursor: String? = nil) {
        (self.api, self.path, next, left) = (api, path, cursor, limit ?? .max)
    }

    /// The next page; nil at the end. A page may be empty and not the last.
    mutating func page() throws(CommandFailure) -> [APIObject]? {
        guard !isAtEnd, left > 0 else { return nil }
        let answer = try api.get(path.with("limit", min(left, Self.page)).with("cursor", next))
        let items = answer.object.objects("items")
        next = answer.object.text("next_cursor")
        isAtEnd = next == nil
        left -= items.count
        return items
    }

    mutating func all() throws(CommandFailure) -> [APIObject] {
        var all: [APIObject] = []
        while let items = try page() { all += items }
        return all
    }
}

extension Invocation {
    /// Prints a list: `--limit` at most, from `--cursor` on; objects a line as they come, the rest when all are there.
    func list(
        _ api: APIClient, _ path: APIPath, _ printer: Printer, empty: String,
        record: (APIObject) -> OutputRecord = { OutputRecord($0) }
    ) throws(CommandFailure) -> ExitCode {
        let limit = try values.number("limit", atLeast: 1) ?? 50
        var listing = Listing(api, path, limit: limit, cursor: values.text("cursor"))
        var records: [OutputRecord] = []
        while let items = try listing.page() {
            if printer.format == .jsonl { printer.lines(items.map(record)) } else { records += items.map(record) }
        }
        if printer.format != .jsonl { printer.list(records, empty: empty) }
        if let next = listing.next { console.note("there is more: a greater --limit, or --cursor \(next)") }
        return .ok
    }
}
