/// How a program of ours ends (contract: command line).
public enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    case failed = 1
    case usage = 2
    case notFound = 3
    case unauthorized = 4
    case conflict = 5
    case unreachable = 6
    case invalid = 7
    case runFailed = 10
    case runCancelled = 11
    case waitTimedOut = 12
    case badSettings = 78
}
