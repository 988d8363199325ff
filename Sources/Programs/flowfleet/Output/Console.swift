import Glibc
import Platform

/// Where a command writes: data on standard output, everything else on standard error.
struct Console: Sendable {
    let data: @Sendable ([UInt8]) -> Void
    let notes: @Sendable ([UInt8]) -> Void
    /// Whether data, or notes, are read by a person at a terminal.
    var dataIsTerminal = false
    var notesIsTerminal = false
    var usesColour = false
    /// Characters a line; nil when data goes elsewhere than to a terminal.
    var width: Int?
    /// Lines of the terminal; nil elsewhere.
    var height: Int?
    /// Asks whoever sits at the terminal and gives the line they write; nil where nobody could answer, so that a
    /// script never waits for one.
    var ask: (@Sendable (_ question: String) -> String?)?

    func put(_ line: String) { data(Array((line + "\n").utf8)) }
    func put(bytes: some Sequence<UInt8>) { data(Array(bytes) + [UInt8(ascii: "\n")]) }

    /// What others wrote may be part of it (an error's text, a name): nothing of it acts on the terminal.
    func note(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { TextTable.harmless(String($0)) }
        notes(Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// The process's own streams; colours by terminal and `NO_COLOR`.
    static func standard(environment: [String: String]) -> Console {
        let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        let mayAsk = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
        let asking: @Sendable (String) -> String? = { answer($0) }
        return Console(
            data: { write($0, to: STDOUT_FILENO) }, notes: { write($0, to: STDERR_FILENO) },
            dataIsTerminal: isTerminal, notesIsTerminal: isatty(STDERR_FILENO) == 1,
            usesColour: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
            width: isTerminal ? terminalSize()?.width : nil, height: isTerminal ? terminalSize()?.height : nil,
            ask: mayAsk ? asking : nil)
    }

    private static func answer(_ question: String) -> String? {
        write(Array(question.utf8), to: STDERR_FILENO)
        return readLine(strippingNewline: true)
    }

    private static func terminalSize() -> (width: Int, height: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20, size.ws_row > 5 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Why data could not be written; nil where all of it was, or its reader wanted no more.
    static var trouble: String? { failure.withLock { $0 }.map { String(cString: strerror($0)) } }
    private static let failure = Monitor<Int32?>(nil)

    /// Writes all of it; a reader that went away ends the writing, not the process.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                if errno != EPIPE, descriptor == STDOUT_FILENO { failure.withLock { [errno] in $0 = errno } }
                return
            }
        }
    }
}
