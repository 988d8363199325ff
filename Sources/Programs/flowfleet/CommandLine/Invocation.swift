import Glibc

/// Everything one call of a command has: its values, where it prints, and the environment its settings come from.
struct Invocation {
    let values: Values
    let console: Console
    let environment: [String: String]

    var format: OutputFormat { values.text("output").flatMap(OutputFormat.init(rawValue:)) ?? .table }

    /// Prints what has these columns. Ask for it before anything is done: `--columns` may be wrong.
    func printer(_ columns: Columns) throws(CommandFailure) -> Printer {
        var printer = Printer(format: format, console: console, columns: columns)
        guard let text = values.text("columns") else { return printer }
        printer.chosen = try columns.chosen(text)
        guard format == .table else { throw .usage("--columns is for tables, not for -o \(format.rawValue)") }
        return printer
    }

    /// Who asks, unless --actor says it.
    var loginName: String? {
        environment["USER"] ?? environment["LOGNAME"] ?? getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
    }

    /// An operand the command cannot do without; the parser has refused command lines that lack it.
    func operand(_ index: Int) -> String { values.operand(index) ?? "" }
}
