/// How large a flow may be, and how far its numbers may go.
public enum FlowLimits {
    public static let tasks = 10_000
    /// Dependencies of all tasks together.
    public static let edges = 50_000
    /// Tasks on the longest way through the graph.
    public static let depth = 1_000
    public static let maxRetries = 1_000
    /// A year: the longest time limit, delay or budget, in seconds.
    public static let seconds = 31_536_000.0
    /// Patterns in each list of `errors`, and the bytes of one: each failure is compared with all of them.
    public static let patterns = 64
    public static let patternBytes = 128
    /// Problems that are listed; more are only counted.
    public static let problems = 1_000
}
