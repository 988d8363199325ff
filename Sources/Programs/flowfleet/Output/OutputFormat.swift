/// How data is printed.
enum OutputFormat: String {
    case table, json, jsonl
}

/// Prints records in the chosen format.
struct Printer {
    let format: OutputFormat
    let console: Console

    /// A list: columns for people, an array or one object a line for programs.
    func list(_ records: [OutputRecord], empty: String) {
        switch format {
        case .table:
            if records.isEmpty { return console.note(empty) }
            table(records).forEach(console.put)
        case .jsonl:
            for record in records { console.put(bytes: record.json) }
        case .json:
            if records.isEmpty { return console.put("[]") }
            for (index, record) in records.enumerated() {
                let start: [UInt8] = Array((index == 0 ? "[" : " ").utf8)
                let end: [UInt8] = Array((index == records.count - 1 ? "]" : ",").utf8)
                console.put(bytes: start + record.json + end)
            }
        }
    }

    /// One thing: a line for each value for people, one object for programs.
    func one(_ record: OutputRecord) {
        guard format == .table else { return console.put(bytes: record.json) }
        let shown = record.tableFields.filter { $0.value != .absent }
        let width = shown.map(\.name.count).max() ?? 0
        for field in shown {
            let text = TextTable.harmless(field.value.text)
            console.put(
                field.name.padded(to: width) + "  " + (console.usesColour ? Colour.paint(text, as: text) : text))
        }
    }

    func table(_ records: [OutputRecord]) -> [String] {
        guard let first = records.first else { return [] }
        let titles = first.tableFields.map { $0.name.uppercased() }
        let rows = records.map { $0.tableFields.map(\.value.text) }
        let table = TextTable(titles: titles, rows: rows, width: console.width)
        return console.usesColour ? table.lines(painting: Colour.paint) : table.lines()
    }
}
