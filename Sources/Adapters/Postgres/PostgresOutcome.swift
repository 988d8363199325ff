/// What became of a pipeline.
public enum PostgresOutcome {
    /// The server confirmed the commit: one result for each statement, in order.
    case committed([PostgresResult])
    /// Nothing of it was or ever will be recorded.
    case refused(PostgresError)
    /// The connection was lost between the Sync and its answer: only reading the database tells which it was.
    /// The server may still be at work on it, so the reading must take a lock the pipeline took as well.
    case unknown(PostgresError)
}
