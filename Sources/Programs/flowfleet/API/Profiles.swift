import JSON
import Platform

/// Gateways by name: where each is, and the key for it.
struct Profiles: Equatable {
    struct Profile: Equatable {
        var name: String
        var url: String
        var key: String?
        /// A file that holds the key.
        var keyFile: String?

        /// The key itself, wherever it is.
        var secret: String? {
            get throws(CommandFailure) {
                if let key { return key }
                guard let keyFile else { return nil }
                guard let text = Settings.readFile(keyFile) else {
                    throw CommandFailure(.badSettings, "the key of profile \(name) cannot be read: \(keyFile)")
                }
                let trimmed = text.drop { $0.isWhitespace }
                return String(trimmed.reversed().drop { $0.isWhitespace }.reversed())
            }
        }
    }

    var current: String?
    var all: [Profile] = []

    func named(_ name: String) -> Profile? { all.first { $0.name == name } }

    mutating func put(_ profile: Profile) {
        if let place = all.firstIndex(where: { $0.name == profile.name }) {
            all[place] = profile
        } else {
            all.append(profile)
        }
    }

    var holdsKey: Bool { all.contains { $0.key != nil } }
}

extension Profiles {
    /// Nil: not what we write.
    init?(_ text: String) {
        guard let object = APIObject(parsing: Array(text.utf8)[...]) else { return nil }
        current = object.text("current")
        guard let profiles = object.object("profiles") else { return }
        for name in profiles.names {
            guard let one = profiles.object(name), let url = one.text("url") else { return nil }
            all.append(Profile(name: name, url: url, key: one.text("key"), keyFile: one.text("key_file")))
        }
    }

    /// A line for each profile.
    var text: String {
        let lines = all.map { profile -> String in
            var body = RequestBody()
            body.put("url", profile.url)
            body.put("key", profile.key)
            body.put("key_file", profile.keyFile)
            return "  \(Self.quoted(profile.name)): \(String(decoding: body.bytes, as: UTF8.self))"
        }
        let head = current.map { "\"current\": \(Self.quoted($0)),\n " } ?? ""
        return "{\(head)\"profiles\": {\n\(lines.joined(separator: ",\n"))\n}}\n"
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
