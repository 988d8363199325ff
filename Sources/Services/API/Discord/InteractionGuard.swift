import HTTP
public import Workflow

/// Lets in what Discord has signed, just now. Pure but for the check of the signature itself.
///
/// Discord tests an endpoint with wrong signatures and removes one that takes any: every doubt is a no.
public struct InteractionGuard: Sendable {
    private let key: any SignatureChecking

    public init(_ key: any SignatureChecking) { self.key = key }

    /// Interactions are small; more than this is not worth a hash.
    static let bodyLimit = 64 << 10
    /// How far Discord's clock and ours may be apart; a request that is kept and sent again later is refused.
    static let tolerance: Microseconds = 300_000_000

    /// - `now`: Unix microseconds.
    func lets(in request: HTTPServer.Request, now: Microseconds) -> Bool {
        guard let stamp = single("X-Signature-Timestamp", request), (1...12).contains(stamp.utf8.count),
            stamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(stamp),
            abs(seconds * 1_000_000 - now) <= Self.tolerance,
            let signature = single("X-Signature-Ed25519", request).flatMap(Self.bytes), signature.count == 64,
            (1...Self.bodyLimit).contains(request.body.count)
        else { return false }
        return key.isSigned(Array(stamp.utf8) + request.body, as: signature)
    }

    /// A header that is there once.
    private func single(_ name: String, _ request: HTTPServer.Request) -> String? {
        let found = request.headers.lines.filter { $0.name.lowercased() == name.lowercased() }
        return found.count == 1 ? found[0].value : nil
    }

    private static func bytes(_ digits: String) -> [UInt8]? {
        let digits = Array(digits.utf8)
        guard digits.count == 128 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[place]), let low = value(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }
}
