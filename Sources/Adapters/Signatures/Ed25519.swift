internal import CSodium

/// Checks signatures of RFC 8032 with libsodium. Nothing is kept; any thread may ask.
///
/// Refused beyond the RFC: keys and points of small order and keys that are not written in their one right way, which
/// sign everything or can be changed without the signer; and signatures whose number is not below the group's order.
public enum Ed25519 {
    public static let keyBytes = 32
    public static let signatureBytes = 64

    /// False for anything but 64 bytes that this key has signed this message with.
    public static func isSigned(_ message: [UInt8], by key: [UInt8], as signature: [UInt8]) -> Bool {
        guard isReady, key.count == keyBytes, signature.count == signatureBytes else { return false }
        return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), key) == 0
    }

    /// A second call is allowed and says 1.
    private static let isReady = sodium_init() >= 0
}
