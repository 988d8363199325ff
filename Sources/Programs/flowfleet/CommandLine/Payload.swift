import Glibc
import JSON
import Platform

/// A JSON text from the command line: the text itself, `@FILE`, or `-` for standard input.
enum Payload {
    /// No command needs more; what is read is checked against the contract's limits later.
    static let limit = 8 * 1024 * 1024

    static func read(_ text: String) throws(CommandFailure) -> [UInt8] {
        if text == "-" { return try contents(of: STDIN_FILENO, named: "standard input") }
        if text.hasPrefix("@") { return try file(String(text.dropFirst())) }
        return Array(text.utf8)
    }

    /// What a flag gives, checked: a mistake is told with its place in the text that was given. Nil without the flag.
    static func json(_ flag: String, _ values: Values) throws(CommandFailure) -> Bytes? {
        guard let text = values.text(flag) else { return nil }
        let bytes = try read(text)[...]
        do throws(JSONError) {
            return try JSONValue(validating: bytes).bytes
        } catch {
            throw CommandFailure(.invalid, "\(flag): \(error.description(in: bytes))")
        }
    }

    /// One word, such as a key or a code: best `@FILE` or `-`, for others can see what stands on a command line.
    static func word(_ text: String) throws(CommandFailure) -> String {
        let words = String(decoding: try read(text), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 1 else { throw .usage("one word is expected, not \(words.count)") }
        return String(words[0])
    }

    /// The bytes of a file; `-` is standard input.
    static func file(_ path: String) throws(CommandFailure) -> [UInt8] {
        if path == "-" { return try contents(of: STDIN_FILENO, named: "standard input") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.usage, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try contents(of: descriptor, named: path)
    }

    private static func contents(of descriptor: Int32, named name: String) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else {
                throw CommandFailure(.usage, "cannot read \(name): \(String(cString: strerror(errno)))")
            }
            bytes += buffer.prefix(max(0, count))
            guard bytes.count <= limit else { throw CommandFailure(.invalid, "\(name) has more than \(limit) bytes") }
        }
    }
}
