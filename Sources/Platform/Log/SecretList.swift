/// Texts that must not be shown, and how to take them out of another text.
struct SecretList: Sendable {
    static let replacement = "[secret]"
    /// What is shorter would tear holes into everything and protect nothing.
    static let shortest = 4

    private let secrets: [[UInt8]]

    init(_ texts: [String]) {
        // Longest first: a secret that contains another one goes as a whole.
        secrets = Set(texts).map { Array($0.utf8) }.filter { $0.count >= SecretList.shortest }
            .sorted { $0.count > $1.count }
    }

    var isEmpty: Bool { secrets.isEmpty }

    func redact(_ text: String) -> String {
        guard !secrets.isEmpty else { return text }
        return String(decoding: redact(Array(text.utf8)[...]), as: UTF8.self)
    }

    func redact(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var result = text
        for secret in secrets where result.count >= secret.count {
            if let cleaned = SecretList.replace(secret, in: result) { result = cleaned }
        }
        return result
    }

    /// Nil when the secret is not in the text.
    private static func replace(_ secret: [UInt8], in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var output: [UInt8]?
        var (copied, index) = (text.startIndex, text.startIndex)
        while index + secret.count <= text.endIndex {
            guard text[index] == secret[0], text[index..<index + secret.count].elementsEqual(secret) else {
                index += 1
                continue
            }
            output = (output ?? []) + text[copied..<index] + Array(replacement.utf8)
            index += secret.count
            copied = index
        }
        guard let output else { return nil }
        return (output + text[copied...])[...]
    }
}
