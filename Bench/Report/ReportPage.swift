/// The Markdown report of one run of the bench.
public struct ReportPage: Sendable {
    public let summary: Summary
    public let date: String
    public let machine: String
    /// Where the plots are, as the page names them.
    public let plotFolder: String

    public init(_ summary: Summary, date: String, machine: String, plotFolder: String) {
        (self.summary, self.date, self.machine, self.plotFolder) = (summary, date, machine, plotFolder)
    }

    public var text: String {
        var parts = ["# Bench of \(date)", machine, "## Speed", summary.speed.markdown]
        if !summary.remarks.isEmpty { parts.append(summary.remarks.map { "- " + $0 }.joined(separator: "\n")) }
        parts += summary.charts.map { "![\($0.chart.title)](\(plotFolder)/\($0.file).svg)" }
        parts += ["## What a step costs", summary.cost.markdown]
        if let allocations = summary.allocations { parts += ["## Allocations", allocations.markdown] }
        if let others = summary.others { parts += ["## What else was measured", others.markdown] }
        parts += ["## Sizes", summary.sizes.markdown]
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// The same for a terminal, without plots.
    public var terminal: String {
        var parts = [summary.speed.text]
        if !summary.remarks.isEmpty { parts.append(summary.remarks.joined(separator: "\n")) }
        parts.append(summary.cost.text)
        if let allocations = summary.allocations { parts.append(allocations.text) }
        if let others = summary.others { parts.append(others.text) }
        return parts.joined(separator: "\n\n")
    }
}
