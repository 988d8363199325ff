internal import Glibc

extension Settings {
    /// For the first line of `main`: answers `--help` and `--version`, and ends the process with what is wrong (exit
    /// 78).
    public static func loadOrExit(_ table: SettingsTable, arguments: [String] = CommandLine.arguments) -> Settings {
        if let argument = arguments.dropFirst().first { answer(argument, table) }
        do throws(SettingsProblems) {
            return try Settings(table, environment: processEnvironment())
        } catch {
            end(.badSettings, .error, error.text)
        }
    }

    /// The environment this process was started with.
    public static func processEnvironment() -> [String: String] {
        let entries = (SmallFile.read("/proc/self/environ") ?? []).split(separator: 0)
        let pairs = entries.compactMap { entry -> (String, String)? in
            guard let sign = entry.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = entry[entry.index(after: sign)...]
            return (String(decoding: entry[..<sign], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// A log as the connection settings say.
    public func makeLog(_ program: String) -> Log {
        let log = Log(
            self[ConnectionSettings.logLevel], format: self[ConnectionSettings.logFormat], secrets: secrets
        ).with([.program(program)])
        for warning in warnings { log.warning(warning) }
        return log
    }

    private static func answer(_ argument: String, _ table: SettingsTable) -> Never {
        switch argument {
        case "--help", "-h": end(.ok, .out, table.helpText)
        case "--version": end(.ok, .out, "\(table.program) \(Product.version)\n")
        default: end(.usage, .error, "\(table.program) takes no arguments but --help and --version\n")
        }
    }

    private static func end(_ code: ExitCode, _ stream: StandardStream, _ text: String) -> Never {
        stream.write(text)
        exit(code.rawValue)
    }
}

/// What this product is called and how far it is.
public enum Product {
    public static let version = "0.1.0"
}
