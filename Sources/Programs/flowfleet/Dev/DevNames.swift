import Platform

/// The services that the settings name for `dev`, which makes tables and topics there and joins their groups.
struct DevNames {
    static let all = [
        "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS", "ORCHESTRATOR_DATABASE_URL", "ORCHESTRATOR_REDIS_URL",
    ]

    /// Setting and value.
    private let named: [(name: String, value: String)]

    init(_ environment: [String: String]) {
        named = Self.all.compactMap { name in
            environment[name].flatMap { $0.isEmpty ? nil : (name, $0) }
        }
    }

    var areAll: Bool { named.count == Self.all.count }

    /// What is not on this machine may be somebody's production: only with `--yes`, or a yes at the terminal.
    func check(_ call: Invocation) throws(CommandFailure) {
        let far = named.filter { Self.hosts($0.value).contains { !Self.isHere($0) } }
        guard !far.isEmpty, !call.values.isSet("yes") else { return }
        let names = far.map { "\($0.name) (\(Self.hosts($0.value).joined(separator: ", ")))" }
        let question = "make tables and topics, and start a fleet, on \(names.joined(separator: " and "))? [y/N] "
        if let answer = call.console.ask?(question)?.lowercased(), answer == "y" || answer == "yes" { return }
        throw .usage(
            "dev makes tables and topics and starts a fleet on what is not this machine",
            advice: "unset \(far.map(\.name).joined(separator: ", ")), or say --yes", details: names)
    }

    /// Where the others would be started beside it, one that is named would be passed over without a word.
    func refusePart() throws(CommandFailure) {
        guard !named.isEmpty, !areAll else { return }
        let missing = Self.all.filter { name in !named.contains { $0.name == name } }
        throw .usage(
            "\(named.map(\.name).joined(separator: ", ")) is set, but not \(missing.joined(separator: ", "))",
            advice: "name all three, or none: then all are started here")
    }

    static func isHere(_ host: String) -> Bool { host.isEmpty || host.hasPrefix("/") || ListenPoint.isLoopback(host) }

    /// Of `a:1,b:2`, or of an address with scheme, user and password; empty for one that says none, which is this
    /// machine.
    static func hosts(_ value: String) -> [String] {
        var rest = value[...]
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] }
            rest = rest[..<(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)]
            if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
            let told = query?.split(separator: "&").filter { $0.hasPrefix("host=") || $0.hasPrefix("hostaddr=") } ?? []
            let hosts = told.map { String($0[$0.index(after: $0.firstIndex(of: "=") ?? $0.startIndex)...]) }
            if !hosts.isEmpty { return hosts.flatMap { $0.split(separator: ",").map(String.init) } }
        }
        return rest.split(separator: ",", omittingEmptySubsequences: false).map { host($0) }
    }

    private static func host(_ place: Substring) -> String {
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            return String(place[place.index(after: place.startIndex)..<end])
        }
        let colons = place.filter { $0 == ":" }.count
        guard colons == 1, let colon = place.firstIndex(of: ":") else { return String(place) }
        return String(place[..<colon])
    }
}
