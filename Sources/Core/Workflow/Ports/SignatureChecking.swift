/// Tells whether a message was signed by the one whom this process trusts.
public protocol SignatureChecking: Sendable {
    func isSigned(_ message: [UInt8], as signature: [UInt8]) -> Bool
}
