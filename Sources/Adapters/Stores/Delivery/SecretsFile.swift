import JSON
public import Platform
import Synchronization
public import Workflow

/// Webhook secrets by name from a JSON file: `{"name":"whsec_…"}`, a list of several while one replaces another, or an
/// object that says whom they are for. Read again when a few seconds have passed, so that secrets change without a
/// restart; a file that cannot be read leaves those that were known, and before the first time nothing is sent.
public final class SecretsFile: SecretBook {
    private let path: String?
    private let clock: any LaneClock
    private let log: Log
    private var known: [String: ScopedSecrets] = [:]
    private var readAt = Microseconds.min / 2

    private var hasRead = false

    private static let freshness: Microseconds = 5_000_000
    /// Between two looks for a file that is not there yet.
    private static let patience: Microseconds = 500_000

    public init(_ path: String?, clock: any LaneClock, log: Log) {
        (self.path, self.clock, self.log) = (path, clock, log)
    }

    public func secrets(named name: String, for tenant: Identifier, at url: String) -> [Secret] {
        readAnew()
        return known[name].flatMap { $0.covers(tenant, url) ? $0.secrets : nil } ?? []
    }

    /// A file that is still being written must not turn every webhook away for good.
    public var isReady: Bool {
        readAnew()
        return path == nil || hasRead
    }

    private func readAnew() {
        guard let path, clock.monotonic - readAt >= (hasRead ? Self.freshness : Self.patience) else { return }
        readAt = clock.monotonic
        read(path)
    }

    private func read(_ path: String) {
        guard let bytes = SmallFile.read(path), let value = try? JSONValue(validating: bytes[...]),
            value.kind == .object
        else {
            return log.limited(
                "secrets", .warning, "the file of secrets cannot be read as a JSON object",
                [.setting(CourierSettings.secretsFile.name)])
        }
        var found: [String: ScopedSecrets] = [:]
        value.forEachMember { key, value in
            let name = String(decoding: key.text ?? [], as: UTF8.self)
            guard let entry = ScopedSecrets(value) else {
                return log.limited(
                    "secrets-\(name.prefix(64))", .warning,
                    "an entry of the file of secrets makes no sense: it is left out",
                    [.setting(CourierSettings.secretsFile.name), .reason(String(name.prefix(64)))])
            }
            found[name] = entry
        }
        (known, hasRead) = (found, true)
    }
}

/// One entry of the file: `"whsec_…"`, a list of them, or
/// `{"secrets": …, "tenants": ["a"], "hosts": ["hooks.example"]}`, where what is left out is no condition.
struct ScopedSecrets: Equatable {
    let secrets: [Secret]
    private var tenants: Set<String>?
    private var hosts: Set<String>?

    /// Nil for what makes no sense: a condition that was misspelt must not be none.
    init?(_ value: JSONValue) {
        guard value.kind == .object else {
            guard let secrets = Self.texts(value) else { return nil }
            self.secrets = secrets.map { Secret($0) }
            return
        }
        guard value.memberNames(butOf: ["secrets", "tenants", "hosts"]).isEmpty,
            let texts = value.member("secrets").flatMap(Self.texts)
        else { return nil }
        secrets = texts.map { Secret($0) }
        if let list = value.member("tenants") {
            guard let names = Self.texts(list) else { return nil }
            tenants = Set(names)
        }
        if let list = value.member("hosts") {
            guard let names = Self.texts(list) else { return nil }
            hosts = Set(names.map { $0.lowercased() })
        }
    }

    /// A text or a list of nothing but texts.
    private static func texts(_ value: JSONValue) -> [String]? {
        if let one = value.text { return [String(decoding: one, as: UTF8.self)] }
        guard value.kind == .array else { return nil }
        var found: [String] = []
        var areAll = true
        value.forEachElement { element in
            if let text = element.text { found.append(String(decoding: text, as: UTF8.self)) } else { areAll = false }
        }
        return areAll ? found : nil
    }

    func covers(_ tenant: Identifier, _ url: String) -> Bool {
        guard tenants?.contains(tenant.description) ?? true else { return false }
        guard let hosts else { return true }
        return WebAddress(url)?.host.map { hosts.contains($0) } ?? false
    }
}
