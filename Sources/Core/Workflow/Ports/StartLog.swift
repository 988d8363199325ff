/// `flow_runs` as the gateway writes to it: many requests under way, each reported once. One thread calls everything.
public protocol StartLog: AnyObject {
    /// Hands the messages over; each is reported by its place in the list. One list at a time: what
    /// is still open of the list before is reported no more.
    func publish(_ messages: [(key: String, value: [UInt8])])

    /// Reports that came, waiting for the first no longer than this. Nil: it is in the log, on all its replicas.
    func reports(wait: Microseconds) -> [(place: Int, failure: AccessFailure?)]

    /// What is wrong with reaching the log; nil while nothing is. Looks again when something was.
    func trouble() -> String?
}
