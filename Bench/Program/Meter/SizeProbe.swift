import TestSupport

/// Measures what one message and one row take, from the first few hundred of each.
enum SizeProbe {
    private static let sample = 400

    static func measure(_ fleet: Fleet, keepsRows: Bool) throws -> [String: Double] {
        var sizes: [String: Double] = [:]
        for (topic, partitions) in [("flow_runs", 4), ("task_queue", 12), ("task_done", 4), ("run_events", 4)] {
            sizes["message \(topic)"] = try message(fleet, topic, partitions)
        }
        guard keepsRows else { return sizes }
        let link = try PostgresLink(fleet.database)
        for (name, table) in [("run", "flow_run_history"), ("task", "task_execution_history")] {
            sizes["row \(name)"] = try link.number(
                """
                SELECT avg(pg_column_size(t)) FROM (
                    SELECT r FROM \(table) r WHERE completed_at IS NOT NULL LIMIT \(sample)) AS t
                """)
        }
        return sizes
    }

    private static func message(_ fleet: Fleet, _ topic: String, _ partitions: Int) throws -> Double? {
        let reader = try KafkaReader(fleet.services.kafka, [(fleet.topicPrefix + topic, partitions)])
        var (count, bytes) = (0, 0)
        while count < sample, let message = reader.poll(milliseconds: count == 0 ? 3_000 : 300) {
            bytes += message.byteCount
            count += 1
            KafkaReader.free(message)
        }
        return count > 0 ? Double(bytes) / Double(count) : nil
    }
}
