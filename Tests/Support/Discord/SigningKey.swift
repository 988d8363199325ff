import CSodium

/// An Ed25519 key that signs as Discord does; the product itself only checks signatures.
package struct SigningKey: Sendable {
    package let publicKey: [UInt8]
    private let secret: [UInt8]

    /// - `seed`: 32 bytes; the same seed makes the same key.
    package init(seed: [UInt8]) {
        precondition(seed.count == 32 && sodium_init() >= 0)
        var (publicKey, secret) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
        crypto_sign_seed_keypair(&publicKey, &secret, seed)
        (self.publicKey, self.secret) = (publicKey, secret)
    }

    package init() { self.init(seed: (0..<32).map { _ in UInt8.random(in: 0...255) }) }

    package func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        return signature
    }
}
