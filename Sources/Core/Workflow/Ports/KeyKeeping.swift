/// The keys by which callers of the API are known.
public protocol KeyKeeping: AnyObject {
    /// All of them, those that are over included, the newest first.
    func keys() throws(AccessFailure) -> [AccessKey]

    /// With its line in the audit log. False when the prefix is taken.
    func create(_ key: AccessKey, _ wish: Wish) throws(AccessFailure) -> Bool

    /// Ends a key at a time (now, or after an overlap); false when there is none, or it is over already.
    func end(_ prefix: String, afterSeconds seconds: Int, _ wish: Wish) throws(AccessFailure) -> Bool

    /// When keys were last used, as far as it is later than what is noted.
    func noteUse(_ uses: [(prefix: String, at: Microseconds)]) throws(AccessFailure)
}

/// A key without its secret.
public struct AccessKey: Sendable, Equatable {
    public var prefix: String
    /// SHA-256 of the secret.
    public var secretHash: [UInt8]
    public var name: String
    /// Nil: every tenant.
    public var tenantID: String?
    public var scopes: [String]
    public var createdAt: Microseconds = 0
    public var expiresAt: Microseconds?
    public var revokedAt: Microseconds?
    public var lastUsedAt: Microseconds?
    /// The key that this one takes the place of.
    public var rotatedFrom: String?

    public init(prefix: String, secretHash: [UInt8], name: String, tenantID: String?, scopes: [String]) {
        self.prefix = prefix
        self.secretHash = secretHash
        self.name = name
        self.tenantID = tenantID
        self.scopes = scopes
    }

    /// Whether it opens anything at this time.
    public func isGood(at now: Microseconds) -> Bool {
        (expiresAt.map { now < $0 } ?? true) && (revokedAt.map { now < $0 } ?? true)
    }
}
