/// All that is known of one setting: drives parsing, `--help`, the reference page and their tests.
public struct SettingDeclaration: Sendable {
    public let name: String
    /// What values there are, such as `a number from 0 to 65535`.
    public let allowed: String
    /// As it would stand in the environment; nil when the setting is absent unless given.
    public let defaultText: String?
    /// Never shown, neither in problems nor in logs; may also be given as the file named by `NAME_FILE`.
    public let isSecret: Bool
    /// An empty value means itself (an empty list), not "not given".
    public let emptyIsValue: Bool
    /// What it is for, in one sentence.
    public let sentence: String
    /// What is wrong with a text, or nil.
    let problem: @Sendable (String) -> String?
}

/// What is wrong with a text that was given for a setting, such as `is not a number`.
package struct SettingFault: Error {
    package let text: String

    init(_ text: String) { self.text = text }
}

/// One wrong setting, told to whoever set it.
public struct SettingProblem: Sendable, Equatable {
    public let name: String
    /// What is wrong; holds the value unless it is a secret.
    public let problem: String
    public let allowed: String

    public var text: String { "\(name): \(problem); allowed is \(allowed)" }
}
