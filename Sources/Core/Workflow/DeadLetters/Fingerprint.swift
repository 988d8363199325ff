/// What failures have in common: the same handler, class, error type and pattern of the message.
///
/// The rule is part of the data: it may only change together with `version`, and old letters keep the fingerprint they
/// got. docs/explanation/fingerprints.md says it in words.
public struct Fingerprint: Hashable, Sendable {
    /// 16 hexadecimal digits.
    public let id: String
    public let pattern: [UInt8]

    private static let version = "1"

    public init(handler: [UInt8]?, errorClass: [UInt8]?, errorType: [UInt8]?, error: [UInt8]) {
        pattern = MessagePattern.of(error)
        let type = MessagePattern.of(errorType ?? [])
        let parts: [[UInt8]] = [Array(Self.version.utf8), handler ?? [], errorClass ?? [], type, pattern]
        id = String(SHA256.hex(Array(parts.joined(separator: [0]))).prefix(16))
    }

    public init(of letter: DeadLetter) {
        self.init(
            handler: letter.handler, errorClass: letter.errorClass, errorType: letter.errorType, error: letter.error)
    }
}
