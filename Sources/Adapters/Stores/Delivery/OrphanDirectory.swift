internal import Glibc
import JSON
public import Workflow

/// Kept results as files of their owner's, one for each run: written beside their place and moved there, so that nobody
/// sees half of one.
public final class OrphanDirectory: OrphanFiles {
    private let directory: String

    public init(_ directory: String) {
        self.directory = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    }

    public func path(of run: Identifier) -> String { "\(directory)/\(Self.name(run)).json" }

    public func write(_ bytes: [UInt8], run: Identifier) throws(KeepingFailure) {
        mkdir(directory, 0o700)
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
        guard close(file) == 0, isSafe, rename(draft, path(of: run)) == 0, syncDirectory() else {
            let failure = failure("keep")
            unlink(draft)
            throw failure
        }
    }

    /// So that the file's name is on the disk as well.
    private func syncDirectory() -> Bool {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }

    // MARK: Clearing up

    public func names(olderThan age: Microseconds) -> [String] {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let isDraft = name.hasPrefix(".") && name.hasSuffix(".part")
            guard isDraft || name.hasSuffix(".json"), isOlder(name, age) else { continue }
            if isDraft { remove(name) } else { names.append(name) }
        }
        return names
    }

    /// Files of others may lie here too: ours begin with their run, and are named after it.
    public func run(of name: String) -> Identifier? {
        let file = open("\(directory)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var head = [UInt8](repeating: 0, count: 4_096)
        let count = read(file, &head, head.count)
        guard count > 0, let run = OrphanHead.run(head[..<count]), "\(Self.name(run)).json" == name else { return nil }
        return run
    }

    public func remove(_ name: String) { unlink("\(directory)/\(name)") }

    private func isOlder(_ name: String, _ age: Microseconds) -> Bool {
        var (status, now) = (stat(), timespec())
        guard lstat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        clock_gettime(CLOCK_REALTIME, &now)
        return Microseconds(now.tv_sec - status.st_mtim.tv_sec) * 1_000_000 >= age
    }

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

/// The beginning of a kept result's file.
private enum OrphanHead {
    private static let start = Array(#"{"workflow_id":""#.utf8)

    /// The run it is of; nil where it does not begin as our files do.
    static func run(_ head: ArraySlice<UInt8>) -> Identifier? {
        guard head.starts(with: start) else { return nil }
        var (end, isEscaped) = (head.startIndex + start.count, false)
        while end < head.endIndex, isEscaped || head[end] != UInt8(ascii: "\"") {
            isEscaped = !isEscaped && head[end] == UInt8(ascii: "\\")
            end += 1
        }
        guard end < head.endIndex else { return nil }
        let text = head[(head.startIndex + start.count - 1)...end]
        return (try? JSONValue(validating: text))?.string().map { Identifier($0) }
    }
}
