/// The settings of this process: read once at start, all of them right.
public struct Settings: Sendable {
    /// Given texts by name; what is not in here has its default.
    private let texts: [String: String]
    private let table: SettingsTable
    /// Things worth a line in the log, such as a name nobody knows.
    public let warnings: [String]

    /// Reads the table's settings from an environment. Throws every problem there is, at once.
    /// - `file`: the content of a file that `NAME_FILE` names, or nil.
    public init(
        _ table: SettingsTable, environment: [String: String], file: (String) -> String? = Settings.readFile
    ) throws(SettingsProblems) {
        var texts: [String: String] = [:]
        var problems: [SettingProblem] = []
        for setting in table.settings {
            do throws(SettingFault) {
                guard let text = try Settings.text(setting, environment, file) else { continue }
                texts[setting.name] = text
                guard let fault = setting.problem(text) else { continue }
                let shown = setting.isSecret ? "the value" : "\"\(text)\""
                problems.append(SettingProblem(setting, "\(shown) \(fault)"))
            } catch {
                problems.append(SettingProblem(setting, error.text))
            }
        }
        guard problems.isEmpty else { throw SettingsProblems(all: problems) }
        self.table = table
        self.texts = texts
        warnings = Settings.unknownNames(environment)
    }

    /// Whose settings these are.
    public var program: String { table.program }

    /// The value of a setting of this program's table.
    public subscript<Value>(_ setting: Setting<Value>) -> Value {
        do throws(SettingFault) {
            return try setting.read(texts[setting.name])
        } catch {
            preconditionFailure("\(setting.name) is not in the table of \(table.program)")
        }
    }

    /// Every text that no log line may hold.
    public var secrets: [String] {
        table.settings.filter(\.isSecret).flatMap { setting -> [String] in
            guard let text = texts[setting.name], text != setting.defaultText else { return [] }
            return SecretParts.parts(of: text)
        }
    }

    public static func readFile(_ path: String) -> String? { SmallFile.text(path) }

    /// The text that was given, directly or by a file; an empty one counts as not given unless the setting says so.
    private static func text(
        _ setting: SettingDeclaration, _ environment: [String: String], _ file: (String) -> String?
    ) throws(SettingFault) -> String? {
        let direct = environment[setting.name].flatMap { $0.isEmpty && !setting.emptyIsValue ? nil : $0 }
        guard setting.isSecret, let path = environment[setting.name + "_FILE"], !path.isEmpty else { return direct }
        guard direct == nil else { throw SettingFault("is given twice, also as \(setting.name)_FILE") }
        guard let content = file(path) else { throw SettingFault("the file \(path) could not be read") }
        let text = SettingText.trim(content)
        return text.isEmpty && !setting.emptyIsValue ? nil : text
    }

    private static func unknownNames(_ environment: [String: String]) -> [String] {
        let known = SettingsTable.knownNames
        return environment.keys.sorted().compactMap { name in
            guard SettingsTable.prefixes.contains(where: name.hasPrefix), !known.contains(name) else { return nil }
            // Kubernetes sets names like these for a service called `orchestrator`.
            if name.contains("_SERVICE_") || name.hasSuffix("_TCP") || name.contains("_PORT_") { return nil }
            let nearest = NearestName.find(name, among: known)
            return "\(name) is no setting" + (nearest.map { "; did you mean \($0)?" } ?? "")
        }
    }
}

/// Every wrong setting of a process.
public struct SettingsProblems: Error, Sendable {
    public let all: [SettingProblem]

    public var text: String {
        let count = all.count == 1 ? "One setting is wrong" : "\(all.count) settings are wrong"
        return ([count + ":"] + all.map { "  " + $0.text }).joined(separator: "\n") + "\n"
    }
}

extension SettingProblem {
    init(_ setting: SettingDeclaration, _ problem: String) {
        self.init(name: setting.name, problem: problem, allowed: setting.allowed)
    }
}
