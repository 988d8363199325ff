import Platform

/// Why a command ended without success: what happened, and what to do next.
struct CommandFailure: Error, Equatable {
    let code: ExitCode
    let message: String
    /// Further lines, one finding each.
    var details: [String] = []
    var advice: String?

    init(_ code: ExitCode, _ message: String, details: [String] = [], advice: String? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.advice = advice
    }

    static func usage(_ message: String, advice: String? = nil, details: [String] = []) -> CommandFailure {
        CommandFailure(.usage, message, details: details, advice: advice)
    }

    /// The text for standard error, one finding a line.
    var text: String {
        var lines = ["flowfleet: " + message]
        lines += details.map { "  " + $0 }
        if let advice { lines.append("  → " + advice) }
        return lines.joined(separator: "\n")
    }
}
