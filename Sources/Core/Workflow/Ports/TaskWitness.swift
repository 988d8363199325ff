public import JSON

/// Sees each attempt start. For end-of-run checks only, which must not trust the product's own accounts.
public protocol TaskWitness: AnyObject {
    func started(runID: Bytes, taskID: Bytes, attempt: Int)
}
