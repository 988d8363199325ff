import Signatures
public import Workflow

/// A public key of Ed25519: what it signed is trusted.
public struct Ed25519Key: SignatureChecking {
    private let bytes: [UInt8]

    /// - `bytes`: 32; with any other number nothing is ever signed.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func isSigned(_ message: [UInt8], as signature: [UInt8]) -> Bool {
        Ed25519.isSigned(message, by: bytes, as: signature)
    }
}
