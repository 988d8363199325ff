/// What every session of ours is set to, in one statement. `synchronous_commit` stays as the server has it.
enum SessionSetup {
    /// - Plans: prepared statements live for weeks; a generic plan made on an empty table must not scan for ever after.
    ///   Without scans the estimated costs are huge, so compiling plans must be off as well.
    /// - Settings that this server does not know are left out.
    static func sql(_ settings: PostgresSettings) -> String {
        let values = [
            ("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off"),
            ("TimeZone", "UTC"), ("client_min_messages", "warning"),
            ("statement_timeout", "\(settings.statementTimeout.wholeMilliseconds)"),
            ("lock_timeout", "\(settings.lockTimeout.wholeMilliseconds)"),
            ("idle_in_transaction_session_timeout", "60000"),
            // A statement whose client has gone ends soon, and its locks with it.
            ("client_connection_check_interval", "2000"),
        ]
        let rows = values.map { "('\($0.0)', '\($0.1)')" }.joined(separator: ", ")
        return """
            SELECT set_config(wanted.name, wanted.value, false) FROM (VALUES \(rows)) AS wanted (name, value)
            JOIN pg_settings AS known ON known.name = wanted.name
            """
    }
}
