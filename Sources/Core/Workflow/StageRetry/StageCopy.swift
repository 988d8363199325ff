public import JSON

/// Task rows that a stage retry takes over from its parent, copied by the store itself: outputs need not travel.
///
/// The store first makes sure that the parent is still as it was read, and keeps it so until the end of the turn.
public struct StageCopy: Sendable {
    public struct Piece: Sendable {
        public var taskID: Identifier
        public var stageOrder: Int32
        /// Stands in for the parent's output; the task then counts as succeeded.
        public var override: Bytes?
    }

    public var runID: Identifier
    public var parentRunID: Identifier
    public var rootRunID: Identifier
    /// By these two the parent is known to be unchanged.
    public var parentUpdatedAt: Microseconds
    public var parentEndings: Int32
    public var batch: Int64
    public var at: Microseconds
    public var pieces: [Piece]
    /// Tasks whose handler is told by the definition, because the parent has no row of theirs.
    public var handlers: [Identifier]
}
