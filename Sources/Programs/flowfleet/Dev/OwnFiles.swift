import Glibc

/// Where this program and those beside it are.
enum OwnFiles {
    static let folder: String = {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { start in
                readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), bytes.count - 1)
            } ?? 0
        }
        return parent(of: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }()

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
