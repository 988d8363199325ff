internal import CSodium

/// Seals what only those may read who have the key: XChaCha20-Poly1305 of libsodium with a random nonce, bound to a
/// context. Whoever changes a byte, or has another key or context, gets nothing. Any thread may ask.
public struct SealedBox: Sendable {
    public static let keyBytes = 32
    private static let nonceBytes = 24
    private static let tagBytes = 16
    private let key: [UInt8]

    /// Nil without 32 bytes, or where libsodium cannot be used.
    public init?(key: [UInt8]) {
        guard key.count == Self.keyBytes, sodium_init() >= 0 else { return nil }
        self.key = key
    }

    /// Unlike any other time, for the same message too.
    public func seal(_ message: [UInt8], for context: [UInt8]) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: Self.nonceBytes)
        unsafe randombytes_buf(&nonce, nonce.count)
        var sealed = [UInt8](repeating: 0, count: message.count + Self.tagBytes)
        _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, message, UInt64(message.count), context, UInt64(context.count), nil, nonce, key)
        return nonce + sealed
    }

    public func open(_ sealed: [UInt8], for context: [UInt8]) -> [UInt8]? {
        let count = sealed.count - Self.nonceBytes - Self.tagBytes
        guard count >= 0 else { return nil }
        let (nonce, box) = (Array(sealed.prefix(Self.nonceBytes)), Array(sealed.dropFirst(Self.nonceBytes)))
        // One byte more than needed: an empty array has no place to write to.
        var message = [UInt8](repeating: 0, count: count + 1)
        let result = unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
            &message, nil, nil, box, UInt64(box.count), context, UInt64(context.count), nonce, key)
        return result == 0 ? Array(message.prefix(count)) : nil
    }
}
