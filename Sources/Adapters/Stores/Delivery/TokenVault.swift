internal import JSON
internal import Postgres
internal import Signatures
internal import Workflow

/// Keeps tokens of interactions out of rows: lanes seal them before a run's row is written, couriers open them when
/// they claim a delivery. Between the two they are ciphertext, wherever the row is copied to; whoever has the row and
/// not the key has nothing. A token is bound to its tenant.
struct TokenVault {
    private static let mark = Array("sealed:1:".utf8)
    private let boxes: [SealedBox]

    /// - `keys`: the first one seals, each opens.
    init(_ keys: [[UInt8]]) { boxes = keys.compactMap { SealedBox(key: $0) } }

    /// Sealed ones stay: a child's request is its parent's.
    func sealed(_ delivery: Bytes, of tenant: Identifier) -> Bytes {
        DeliveryTokens.replaced(in: delivery) { token in
            guard !token.starts(with: Self.mark) else { return token }
            // Without a key nobody will read it again, which is better than everybody.
            return Self.mark + Base64.encode((boxes.first?.seal(token, for: tenant.bytes) ?? [])[...])
        }
    }

    /// One that cannot be opened stays as it is, and is no token of Discord's.
    func opened(_ delivery: Bytes, of tenant: Identifier) -> Bytes {
        DeliveryTokens.replaced(in: delivery) { token in
            guard token.starts(with: Self.mark), let box = Base64.decode(token.dropFirst(Self.mark.count)) else {
                return token
            }
            return boxes.lazy.compactMap { $0.open(box, for: tenant.bytes) }.first ?? token
        }
    }

    /// The key of the database, made when it was.
    static let key = PostgresStatement("delivery_key", sql: "SELECT key FROM delivery_key")
}
