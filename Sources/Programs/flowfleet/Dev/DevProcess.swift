import Glibc
import Platform
import Processes

/// One program of the fleet: started in a session of its own, its lines handed on, ended when it is told to.
///
/// States: running → ended, by itself or because `end` was called; never back.
final class DevProcess: Sendable {
    let name: String
    let metricsPort: UInt16
    private let cancel: CancelFlag
    private let thread: NamedThread
    private let state: Monitor<State>

    private struct State {
        var pid: Int32?
        var outcome: String?
    }

    /// - `lines`: given each line that it says.
    init(
        _ name: String, program: String, environment: [String: String], metricsPort: UInt16,
        lines: @escaping @Sendable (String) -> Void
    ) {
        self.name = name
        self.metricsPort = metricsPort
        let (cancel, state, cutter) = (CancelFlag(), Monitor(State()), Monitor(LineCutter()))
        (self.cancel, self.state) = (cancel, state)
        var command = ChildProcess.Command(
            OwnFiles.folder + "/" + program, environment: environment.map { "\($0.key)=\($0.value)" },
            patience: .seconds(15))
        let listener: @Sendable ([UInt8]) -> Void = { bytes in
            for line in cutter.withLock({ $0.cut(bytes) }) { lines(line) }
        }
        (command.output, command.errors) = (listener, listener)
        command.started = { pid in state.update { $0.pid = pid } }
        thread = NamedThread(name) { [command] in
            let words: String
            do throws(ProcessError) {
                words = Self.words(try ChildProcess.run(command, cancel: cancel).end)
            } catch {
                words = "could not be started: \(error)"
            }
            state.update { $0.outcome = words }
        }
    }

    /// How it ended; nil while it runs.
    var outcome: String? { state.withLock { $0.outcome } }
    var pid: Int32? { state.withLock { $0.pid } }
    var address: String { "http://127.0.0.1:\(metricsPort)" }

    func end() { cancel.cancel() }
    func wait() { _ = thread.wait(within: .seconds(30)) }

    private static func words(_ end: ChildProcess.End) -> String {
        switch end {
        case .exited(let code): "has ended with exit code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        }
    }
}
