import API
import Platform
import Workflow

/// `admin keys`: who may use the gateway's API.
extension Command {
    static let adminKeysCreate = Command(
        "admin keys create", "make a key for the gateway's API",
        discussion: """
            Shows the key, once: only a hash of its secret is kept. Scopes: runs:read, runs:write, flows:write,
            dead-letters:write, payloads:read (inputs and outputs; without it they are masked), admin (everything).
            """,
        flags: [
            Flag("name", "TEXT", "what the key is for"),
            Flag("tenant", "ID", "binds it to a tenant (default: every tenant)"),
            Flag("scope", "SCOPE", "what it may; repeatable", choices: Scope.allCases.map(\.rawValue), repeats: true),
            Flag("expires", "TIME", "it ends by itself after this long, such as 720h"),
        ] + WishFlags.all, columns: [.newKeys],
        examples: [
            "flowfleet admin keys create --name shop --tenant shop --scope runs:read --scope runs:write",
            "flowfleet admin keys create --name me --scope admin --expires 8h",
        ]
    ) { call throws(CommandFailure) in
        let scopes = call.values.all("scope")
        guard !scopes.isEmpty else { throw .usage("admin keys create needs at least one --scope") }
        let tenant = call.values.text("tenant")
        if let tenant, !(1...255).contains(tenant.utf8.count) { throw .usage("--tenant has 1 to 255 bytes") }
        let life = try call.values.duration("expires")
        let keys = try Connections(call).keys()
        return try make(
            call, keys, name: call.values.text("name") ?? "", tenant: tenant, scopes: scopes, life: life, from: nil)
    }

    static let adminKeysList = Command(
        "admin keys list", "show the keys of the gateway's API",
        flags: [Flag("all", nil, "with those that are over")], columns: [.keys], examples: ["flowfleet admin keys list"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.keys)
        let keys = try Connections(call).keys()
        let now = SystemTime().wall
        let found = try reaching { () throws(AccessFailure) in try keys.keys() }
        let shown = found.filter { call.values.isSet("all") || $0.isGood(at: now) }
        printer.list(shown.map { OutputRecord($0, now: now) }, empty: "there are no keys")
        return .ok
    }

    static let adminKeysRotate = Command(
        "admin keys rotate", "make a key that takes the place of another",
        discussion: "The new key has the same name, tenant and scopes. The old one still opens for --overlap.",
        operands: [Operand("PREFIX", "the part of the old key before the dot")],
        flags: [
            Flag("overlap", "TIME", "how long the old key still opens (default 24h)"),
            Flag("expires", "TIME", "the new key ends by itself after this long"),
        ] + WishFlags.all, columns: [.newKeys],
        examples: ["flowfleet admin keys rotate ff0123456789ab --overlap 1h"]
    ) { call throws(CommandFailure) in
        let overlap = try call.values.duration("overlap") ?? .seconds(86_400)
        let life = try call.values.duration("expires")
        let keys = try Connections(call).keys()
        let prefix = call.operand(0)
        let found = try reaching { () throws(AccessFailure) in try keys.keys() }
        guard let old = found.first(where: { $0.prefix == prefix }) else { throw noKey(prefix) }
        guard old.isGood(at: SystemTime().wall) else {
            throw CommandFailure(.conflict, "the key \(prefix) is over already", advice: "flowfleet admin keys create")
        }
        let code = try make(
            call, keys, name: old.name, tenant: old.tenantID, scopes: old.scopes, life: life, from: prefix)
        let seconds = Int(overlap.components.seconds)
        var wish = WishFlags.wish(call)
        wish.requestID += "/end"
        _ = try reaching { () throws(AccessFailure) in try keys.end(prefix, afterSeconds: seconds, wish) }
        call.console.note("\(prefix) opens for another \(seconds) s")
        return code
    }

    static let adminKeysRevoke = Command(
        "admin keys revoke", "end a key now",
        discussion: "Gateways look at the keys every two seconds.",
        operands: [Operand("PREFIX", "the part of the key before the dot")], flags: WishFlags.all,
        examples: ["flowfleet admin keys revoke ff0123456789ab --reason \"it was in a log\""]
    ) { call throws(CommandFailure) in
        let keys = try Connections(call).keys()
        let prefix = call.operand(0)
        let isDone = try reaching { () throws(AccessFailure) in
            try keys.end(prefix, afterSeconds: 0, WishFlags.wish(call))
        }
        guard isDone else { throw noKey(prefix) }
        call.console.note("\(prefix) opens nothing any more, within two seconds")
        return .ok
    }

    private static func noKey(_ prefix: String) -> CommandFailure {
        CommandFailure(.notFound, "no key \(prefix) is there that could end", advice: "flowfleet admin keys list")
    }

    private static func make(
        _ call: Invocation, _ keys: any KeyKeeping, name: String, tenant: String?, scopes: [String], life: Duration?,
        from old: String?
    ) throws(CommandFailure) -> ExitCode {
        let printer = try call.printer(.newKeys)
        var random = SystemRandom()
        let secret = KeySecret(random: random.bytes(40))
        var key = AccessKey(
            prefix: secret.prefix, secretHash: secret.hash, name: name, tenantID: tenant, scopes: scopes)
        key.expiresAt = life.map { SystemTime().wall + $0.components.seconds * 1_000_000 }
        key.rotatedFrom = old
        let isMade = try reaching { () throws(AccessFailure) in try keys.create(key, WishFlags.wish(call)) }
        guard isMade else { throw CommandFailure(.conflict, "the prefix is taken; try again") }
        var record = OutputRecord()
        record.add("key", .text(secret.text))
        record.add("name", .text(name))
        record.add("tenant_id", .init(tenant))
        record.add("scopes", .text(scopes.joined(separator: ",")))
        printer.one(record)
        call.console.note("this is the only time the key is shown")
        return .ok
    }
}

extension OutputRecord {
    /// A key in a list, without its hash.
    init(_ key: AccessKey, now: Microseconds) {
        self.init()
        add("prefix", .text(key.prefix))
        add("name", .text(key.name))
        add("tenant_id", Value(key.tenantID))
        add("scopes", .text(key.scopes.joined(separator: ",")))
        add("good", .bool(key.isGood(at: now)))
        add("created_at", .text(RFC3339.text(key.createdAt)))
        add("expires_at", Value(key.expiresAt.map(RFC3339.text)))
        add("revoked_at", Value(key.revokedAt.map(RFC3339.text)))
        add("last_used_at", Value(key.lastUsedAt.map(RFC3339.text)))
        add("rotated_from", Value(key.rotatedFrom))
    }
}
