internal import Glibc
public import Workflow

/// Kept results as files of their owner's: written beside their place and moved there, so that nobody sees half of one.
public final class OrphanDirectory: OrphanFiles {
    private let directory: String

    public init(_ directory: String) {
        self.directory = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    }

    public func path(of run: Identifier) -> String { "\(directory)/\(Self.name(run)).json" }

    public func write(_ bytes: [UInt8], run: Identifier) throws(KeepingFailure) -> String {
        mkdir(directory, 0o700)
        let path = path(of: run)
        let draft = "\(directory)/.\(getpid())-\(Self.name(run)).part"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("open") }
        fchmod(file, 0o600)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure("write")
                close(file)
                unlink(draft)
                throw failure
            }
            written += count
        }
        let isSafe = fsync(file) == 0
        guard close(file) == 0, isSafe, rename(draft, path) == 0 else {
            let failure = failure("keep")
            unlink(draft)
            throw failure
        }
        return path
    }

    public func remove(run: Identifier) { unlink(path(of: run)) }

    private func failure(_ step: String) -> KeepingFailure {
        KeepingFailure("\(step) in \(directory): \(String(cString: strerror(errno)))")
    }

    /// Ids may hold anything: what could lead elsewhere is written as %XX, what is too long as its hash.
    static func name(_ run: Identifier) -> String {
        var name = ""
        for byte in run.bytes {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") && !name.isEmpty
            name += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return name.utf8.count <= 200 ? name : SHA256.hex(run.bytes)
    }
}
