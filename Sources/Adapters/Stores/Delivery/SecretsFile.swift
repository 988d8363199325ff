import JSON
public import Platform
import Synchronization
public import Workflow

/// Webhook secrets by name from a JSON file: `{"name":"whsec_…"}`, or a list of several while one replaces another.
/// Read again when a few seconds have passed, so that secrets change without a restart; a file that cannot be read
/// leaves those that were known.
public final class SecretsFile: SecretBook {
    private let path: String?
    private let clock: any LaneClock
    private let log: Log
    private var known: [String: [Secret]] = [:]
    private var readAt = Microseconds.min / 2

    private static let freshness: Microseconds = 5_000_000

    public init(_ path: String?, clock: any LaneClock, log: Log) {
        (self.path, self.clock, self.log) = (path, clock, log)
    }

    public func secrets(named name: String) -> [Secret] {
        if let path, clock.monotonic - readAt >= Self.freshness {
            readAt = clock.monotonic
            read(path)
        }
        return known[name] ?? []
    }

    private func read(_ path: String) {
        guard let bytes = SmallFile.read(path), let value = try? JSONValue(validating: bytes[...]),
            value.kind == .object
        else {
            return log.limited(
                "secrets", .warning, "the file of secrets cannot be read as a JSON object",
                [.setting(CourierSettings.secretsFile.name)])
        }
        var found: [String: [Secret]] = [:]
        value.forEachMember { key, value in
            let name = String(decoding: key.text ?? [], as: UTF8.self)
            var secrets: [Secret] = []
            if let one = value.text { secrets.append(Secret(String(decoding: one, as: UTF8.self))) }
            value.forEachElement { element in
                if let one = element.text { secrets.append(Secret(String(decoding: one, as: UTF8.self))) }
            }
            found[name] = secrets
        }
        known = found
    }
}
