/// HMAC with SHA-256 (RFC 2104).
public enum HMAC {
    public static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let block = 64
        var key = key.count > block ? SHA256.hash(key) : key
        key += [UInt8](repeating: 0, count: block - key.count)
        let inner = SHA256.hash(key.map { $0 ^ 0x36 } + message)
        return SHA256.hash(key.map { $0 ^ 0x5C } + inner)
    }
}
