internal import Glibc

/// Files that are read whole at start: secrets, and what the kernel tells in `/proc`.
package enum SmallFile {
    static let limit = 1 << 20

    /// Nil: not there, not readable, or larger than the limit.
    package static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while content.count <= limit {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return content }
            content += buffer[..<count]
        }
        return nil
    }

    static func text(_ path: String) -> String? {
        read(path).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
