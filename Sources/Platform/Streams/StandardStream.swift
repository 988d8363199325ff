internal import Glibc

/// Standard output and standard error, written whole: data goes to `out`, everything else to `error`.
public enum StandardStream: Int32, Sendable {
    case out = 1
    case error = 2

    /// False: the reader is gone (a closed pipe), nothing more will get through.
    @discardableResult
    public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool { StandardStream.write(bytes, rawValue) }

    static func write(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { return false }
            }
            return true
        }
    }
}
