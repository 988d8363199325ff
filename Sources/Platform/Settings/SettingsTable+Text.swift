extension SettingsTable {
    /// What `--help` prints.
    public var helpText: String {
        var text = "\(program): \(sentence)\n\nRuns without arguments; --help and --version are understood.\n"
        text += "Settings are environment variables. A secret may also be a file: NAME_FILE holds its path.\n"
        for group in groups {
            text += "\n\(group.title)\n"
            for setting in group.settings {
                text += "  \(setting.name)\(setting.isSecret ? "  (secret)" : "")\n"
                text += "      \(setting.sentence)\n      \(setting.allowed); default: \(setting.shownDefault)\n"
            }
        }
        return text
    }

    /// The reference page, as Markdown.
    public var referencePage: String {
        var text = "# Settings of `\(program)`\n\n\(sentence)\n\n"
        text += "Settings are environment variables; an empty one counts as not given unless its row says otherwise. "
        text += "Wrong settings are all named at once, and the program ends with exit code 78. "
        text += "A secret may also be given as a file: `NAME_FILE` holds its path.\n"
        for group in groups {
            text += "\n## \(group.title)\n\n| setting | default | allowed | what it is for |\n|---|---|---|---|\n"
            for setting in group.settings { text += setting.row }
        }
        return text + "\n<!-- generated from the settings table; a test compares -->\n"
    }
}

extension SettingDeclaration {
    var shownDefault: String { defaultText.map { $0.isEmpty ? "empty" : $0 } ?? "unset" }

    fileprivate var row: String {
        let value = defaultText.map { $0.isEmpty ? "empty" : "`\($0)`" } ?? "unset"
        let notes = (isSecret ? " Secret." : "") + (emptyIsValue && defaultText != "" ? " May be set to empty." : "")
        return "| `\(name)` | \(value) | \(allowed.replacing("|", with: "\\|")) | \(sentence)\(notes) |\n"
    }
}

extension String {
    /// The same text with one character replaced by another text.
    fileprivate func replacing(_ character: Character, with text: String) -> String {
        reduce(into: "") { $0 += $1 == character ? text : String($1) }
    }
}
