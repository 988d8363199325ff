/// A declared setting with the type of its value; the key to read it with.
public struct Setting<Value: Sendable>: Sendable {
    public let declaration: SettingDeclaration
    /// From the text, or nil when the setting is absent and has no default.
    let read: @Sendable (String?) throws(SettingFault) -> Value

    public var name: String { declaration.name }

    /// A setting that always has a value.
    init(
        _ name: String, default text: String, _ sentence: String, allowed: String, isSecret: Bool = false,
        emptyIsValue: Bool = false, parse: @escaping @Sendable (String) throws(SettingFault) -> Value
    ) {
        declaration = SettingDeclaration(
            name: name, allowed: allowed, defaultText: text, isSecret: isSecret, emptyIsValue: emptyIsValue,
            sentence: sentence, problem: Setting.problem(parse))
        read = { (given: String?) throws(SettingFault) in try parse(given ?? text) }
    }

    /// A setting that may be absent.
    init<Wrapped: Sendable>(
        optional name: String, _ sentence: String, allowed: String, isSecret: Bool = false,
        parse: @escaping @Sendable (String) throws(SettingFault) -> Wrapped
    ) where Value == Wrapped? {
        declaration = SettingDeclaration(
            name: name, allowed: allowed, defaultText: nil, isSecret: isSecret, emptyIsValue: false,
            sentence: sentence, problem: Setting<Wrapped>.problem(parse))
        read = { (given: String?) throws(SettingFault) in
            guard let given else { return nil }
            return try parse(given)
        }
    }

    private static func problem(
        _ parse: @escaping @Sendable (String) throws(SettingFault) -> Value
    ) -> @Sendable (String) -> String? {
        { text in
            do throws(SettingFault) {
                _ = try parse(text)
                return nil
            } catch {
                return error.text
            }
        }
    }
}

/// One `key=value` of a setting that lists such pairs.
public struct NamedValue: Sendable, Equatable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
