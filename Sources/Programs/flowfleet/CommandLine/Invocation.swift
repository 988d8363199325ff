import Glibc

/// Everything one call of a command has: its values, where it prints, and the environment its settings come from.
struct Invocation {
    let values: Values
    let console: Console
    let environment: [String: String]

    var printer: Printer {
        Printer(format: values.text("output").flatMap(OutputFormat.init(rawValue:)) ?? .table, console: console)
    }

    /// Who asks, unless --actor says it.
    var loginName: String? {
        environment["USER"] ?? environment["LOGNAME"] ?? getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
    }

    /// An operand the command cannot do without; the parser has refused command lines that lack it.
    func operand(_ index: Int) -> String { values.operand(index) ?? "" }
}
