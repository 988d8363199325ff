/// Where results are kept as files too (`COURIER_ORPHAN_DIR`), one for each run: its newest end that is kept.
public protocol OrphanFiles: AnyObject {
    /// Whole, on the disk and readable by its owner only, or not at all.
    func write(_ bytes: [UInt8], run: Identifier) throws(KeepingFailure)
    /// Where the file of that run is or would be.
    func path(of run: Identifier) -> String
    /// Names of files that lie here for longer than this; drafts of couriers that died are removed on the way.
    func names(olderThan age: Microseconds) -> [String]
    /// Whose file that is; nil: none of ours.
    func run(of name: String) -> Identifier?
    func remove(_ name: String)
}

/// Why a file could not be kept.
public struct KeepingFailure: Error, Sendable, Equatable {
    public let words: String
    public init(_ words: String) { self.words = words }
}
