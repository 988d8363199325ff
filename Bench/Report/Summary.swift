/// All that was measured, as tables and plots.
public struct Summary: Sendable {
    public let figures: [Figure]
    public static let processes = [
        "orchestrator", "executor", "gateway", "kafka", "postgres", "redis", "retry-worker", "driver",
    ]

    public init(_ measurements: [Trial]) { figures = Figure.group(measurements) }

    private func product(_ key: Figure.Key) -> Figure? { figures.first { $0.key == key && $0.subject == "product" } }

    private func name(_ figure: Figure) -> String {
        let payload = figure.key.payloadBytes >= 1024 ? ", \(figure.key.payloadBytes / 1024) KB" : ""
        return "\(figure.key.bench) \(figure.key.workload)\(payload)"
    }

    /// How fast, and how near to the floors.
    public var speed: Grid {
        var grid = Grid([
            "what", "in flight", "subject", "steps/s", "p50 ms", "p99 ms", "product ÷ floor", "floor p50 ÷ product p50",
        ])
        for figure in figures {
            let product = product(figure.key)
            grid.add([
                name(figure), String(figure.key.inFlight), figure.subject, Number.text(figure.stepsPerSecond),
                Number.text(figure.p50), Number.text(figure.p99),
                product.flatMap { figure.ratioOfThroughput($0)?.text } ?? "",
                product.flatMap { figure.ratioOfTime($0)?.text } ?? "",
            ])
        }
        return grid
    }

    /// What a step costs.
    public var cost: Grid {
        let shown = Self.processes.filter { name in figures.contains { $0.processor(name) != nil } }
        var grid = Grid(["CPU µs per step", "in flight", "subject"] + shown + ["sum", "log B", "WAL B"])
        for figure in figures where shown.contains(where: { figure.processor($0) != nil }) {
            grid.add(
                [name(figure), String(figure.key.inFlight), figure.subject]
                    + shown.map { figure.processor($0).map { Number.text($0.median) } ?? "–" }
                    + [figure.processorSum, figure.logBytes, figure.walBytes].map {
                        $0.map { Number.text($0.median) } ?? "–"
                    })
        }
        return grid
    }

    /// Nil when nothing was counted.
    public var allocations: Grid? {
        var grid = Grid([
            "allocations per step", "in flight", "process", "all", "by Swift", "by librdkafka", "by libpq",
        ])
        for figure in figures {
            for (process, counts) in (figure.rounds.last?.allocations ?? [:]).sorted(by: { $0.key < $1.key }) {
                grid.add(
                    [name(figure), String(figure.key.inFlight), process]
                        + [counts.all, counts.swift, counts.kafka, counts.postgres].map { Number.text($0) })
            }
        }
        return grid.rows.isEmpty ? nil : grid
    }

    /// Nil when nothing else was measured.
    public var others: Grid? {
        var grid = Grid(["what else", "in flight", "subject", "figure"])
        for figure in figures {
            for name in Set(figure.rounds.flatMap(\.others.keys)).sorted() {
                grid.add([
                    "\(figure.key.bench) \(name)", String(figure.key.inFlight), figure.subject,
                    Number.text(figure.other(name)),
                ])
            }
        }
        return grid.rows.isEmpty ? nil : grid
    }

    /// What a message and a row take, side by side.
    public var sizes: Grid {
        var grid = Grid(["bytes", "product", "floor", "which"])
        var seen: Set<String> = []
        for figure in figures where figure.subject != "product" {
            guard let product = product(figure.key) else { continue }
            let group = "\(name(figure)) \(figure.subject)"
            guard seen.insert(group).inserted else { continue }
            for kind in figure.sizes.keys.sorted() {
                grid.add([
                    "\(name(figure)): \(kind)", product.sizes[kind].map { Number.text($0) } ?? "–",
                    Number.text(figure.sizes[kind] ?? 0), figure.subject,
                ])
            }
        }
        return grid
    }

    /// Sentences about floors that are none, and about ratios that are not given.
    public var remarks: [String] {
        figures.compactMap { figure in
            guard let product = product(figure.key), let ratio = figure.ratioOfThroughput(product) else { return nil }
            let place = "\(name(figure)), \(figure.key.inFlight) in flight, \(figure.subject)"
            switch ratio {
            case .of: return nil
            case .brokenFloor(let value):
                return "\(place): broken floor: the product is \(Number.text(value, digits: 2)) times as fast."
            case .refused(let differences): return "\(place): no ratio: \(differences.joined(separator: "; "))."
            }
        }
    }

    /// One plot for each workload that has more than one subject or load.
    public var charts: [(file: String, chart: BarChart)] {
        var names: [String] = []
        for figure in figures where !names.contains(name(figure)) { names.append(name(figure)) }
        return names.compactMap { title in
            let mine = figures.filter { name($0) == title }
            guard mine.count > 1 else { return nil }
            var loads: [Int] = []
            for figure in mine where !loads.contains(figure.key.inFlight) { loads.append(figure.key.inFlight) }
            let groups = loads.map { load in
                (
                    name: "\(load) in flight",
                    bars: mine.filter { $0.key.inFlight == load }.compactMap { figure in
                        figure.stepsPerSecond.map { BarChart.Bar(figure.subject, $0) }
                    }
                )
            }
            return (Self.fileName(title), BarChart(title: "\(title): steps per second", groups: groups))
        }
    }

    private static func fileName(_ title: String) -> String {
        String(title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }
}
