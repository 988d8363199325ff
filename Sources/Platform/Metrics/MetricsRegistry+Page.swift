extension MetricsRegistry {
    /// The reference page of these metrics, as Markdown: one section for each program.
    public static func referencePage(_ programs: [(name: String, registry: MetricsRegistry)]) -> String {
        var text = "# Metrics\n\nEach program shows its own on `GET /metrics` of its metrics port, in Prometheus' text "
        text += "format 0.0.4. A label takes at most as many values as stated; further ones are counted as `other`.\n"
        for program in programs {
            text += "\n## `\(program.name)`\n\n| metric | type | labels | what it says |\n|---|---|---|---|\n"
            for metric in program.registry.declarations {
                let labels = metric.labels.map { "`\($0.name)` (\($0.limit))" }.joined(separator: ", ")
                text += "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |\n"
            }
        }
        return text + "\n<!-- generated from the declarations; a test compares -->\n"
    }
}
