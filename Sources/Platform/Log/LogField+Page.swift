extension LogField {
    /// The reference page of log lines and their keys, as Markdown.
    public static var referencePage: String {
        var text = "# Log lines\n\nOne line for each thing that happened, on standard error. With "
        text += "`ORCHESTRATOR_LOG_FORMAT=json` each is a JSON object that begins with `time` (RFC 3339, UTC, "
        text += "milliseconds), `level` (\(LogLevel.allCases.map { "`\($0.word)`" }.joined(separator: ", "))) and "
        text += "`message`; these keys may follow. Secrets given as settings are written as "
        text += "`\(SecretList.replacement)`.\n\n| key | what it says |\n|---|---|\n"
        for key in declared { text += "| `\(key.name)` | \(key.sentence) |\n" }
        return text + "\n<!-- generated from the table of keys; a test compares -->\n"
    }
}
