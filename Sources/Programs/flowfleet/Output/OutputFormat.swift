import JSON

/// How data is printed.
enum OutputFormat: String {
    case table, json, jsonl
}

/// Prints records in the chosen format: a list, or one thing.
struct Printer {
    let format: OutputFormat
    let console: Console
    let columns: Columns
    /// What `--columns` names; nil: those that the columns show by themselves.
    var chosen: [String]?

    /// A list: columns for people, an array or one object a line for programs.
    func list(_ records: [OutputRecord], empty: String) {
        switch format {
        case .table:
            if records.isEmpty { return console.note(empty) }
            table(records).forEach(console.put)
        case .jsonl: lines(records)
        case .json:
            if records.isEmpty { return console.put("[]") }
            for (index, record) in records.enumerated() {
                let start: [UInt8] = Array((index == 0 ? "[" : " ").utf8)
                let end: [UInt8] = Array((index == records.count - 1 ? "]" : ",").utf8)
                console.put(bytes: start + record.json + end)
            }
        }
    }

    /// One object a line.
    func lines(_ records: [OutputRecord]) {
        for record in records { console.put(bytes: record.json) }
    }

    /// One thing: a line for each value for people, one object for programs.
    func one(_ record: OutputRecord) {
        guard format == .table else { return console.put(bytes: record.json) }
        let fields = (chosen ?? columns.one).map { (name: $0, value: record[$0]) }
        let shown = chosen == nil ? fields.filter { $0.value != .absent } : fields
        let width = shown.map(\.name.count).max() ?? 0
        for (name, value) in shown {
            let text = TextTable.harmless(value.text)
            console.put(name.padded(to: width) + "  " + (console.usesColour ? Colour.paint(text, as: text) : text))
        }
    }

    func table(_ records: [OutputRecord]) -> [String] {
        let names = chosen ?? columns.list
        let rows = records.map { record in names.map { record[$0].text } }
        let table = TextTable(titles: names.map { $0.uppercased() }, rows: rows, width: console.width)
        return console.usesColour ? table.lines(painting: Colour.paint) : table.lines()
    }
}
