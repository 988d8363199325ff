import BenchReport
import Foundation
import Testing

@Suite struct SummaryTests {
    private func measured(_ subject: String, _ steps: Int, at inFlight: Int = 512, message: Double = 300) -> Trial {
        var one = Trial(
            bench: "B2", workload: "chain of 10", subject: subject, inFlight: inFlight, payloadBytes: 100, seconds: 10,
            runs: steps / 10, steps: steps)
        (one.p50, one.p99) = (20, 50)
        one.processor = ["orchestrator": 4, "kafka": 9, "driver": 3]
        one.sizes = ["message task_queue": message]
        return one
    }

    @Test func `rounds of the same thing become one figure, in the order of their first`() {
        let figures = Figure.group([
            measured("product", 100), measured("F3", 200), measured("product", 300), measured("product", 200, at: 1),
        ])
        #expect(figures.map(\.subject) == ["product", "F3", "product"])
        #expect(figures.map { $0.rounds.count } == [2, 1, 1])
        #expect(figures[0].stepsPerSecond == Spread([10, 30]))
    }

    @Test func `a floor's row tells the product's share of it`() {
        let summary = Summary([measured("product", 120_000), measured("F3", 200_000)])
        let row = summary.speed.rows.first { $0.contains("F3") }
        #expect(row?[6] == "0.60" && row?[7] == "1.00")
        #expect(summary.remarks == [])
    }

    @Test func `a floor with other messages gives no ratio and says why`() {
        let summary = Summary([measured("product", 120_000), measured("F3", 200_000, message: 340)])
        let row = summary.speed.rows.first { $0.contains("F3") }
        #expect(row?[6] == "refused: sizes differ")
        #expect(
            summary.remarks == [
                "B2 chain of 10, 512 in flight, F3: no ratio: message task_queue: floor 340 B, product 300 B."
            ])
    }

    @Test func `a floor that is beaten is called broken`() {
        let summary = Summary([measured("product", 300_000), measured("F3", 200_000)])
        #expect(
            summary.remarks == ["B2 chain of 10, 512 in flight, F3: broken floor: the product is 1.50 times as fast."])
    }

    @Test func `the driver's time is shown and not summed up`() {
        let cost = Summary([measured("product", 100)]).cost
        let sum = cost.heading.firstIndex(of: "sum")
        #expect(cost.heading.contains("driver"))
        #expect(sum.map { cost.rows[0][$0] } == "13.0")
    }

    @Test func `tables that would be empty are left out`() {
        let summary = Summary([measured("product", 100), measured("F3", 200)])
        let page = ReportPage(summary, date: "2026-01-01", machine: "2 cores.", plotFolder: "plots").text
        #expect(summary.allocations == nil && summary.others == nil)
        #expect(!page.contains("## Allocations"))
        #expect(page.contains("![B2 chain of 10: steps per second](plots/b2-chain-of-10.svg)"))
    }
}

@Suite struct GridTests {
    @Test func `numbers stand at the right and columns two apart`() {
        var grid = Grid(["what", "steps/s"])
        grid.add(["chain", "5"])
        grid.add(["fan"])
        #expect(grid.text == "what   steps/s\nchain        5\nfan")
        #expect(grid.markdown == "| what | steps/s |\n| --- | ---: |\n| chain | 5 |\n| fan |  |")
    }
}

@Suite struct BarChartTests {
    @Test func `each subject is a bar with its spread, the highest reaching the top`() throws {
        let low = try #require(Spread([5]))
        let high = try #require(Spread([8, 10]))
        let chart = BarChart(
            title: "a < b", groups: [(name: "64 in flight", bars: [.init("product", low), .init("F3", high)])])
        #expect(chart.svg.contains("a &lt; b"))
        #expect(chart.svg.components(separatedBy: "<rect").count == 1 + 1 + 2 + 2)
        #expect(chart.svg.contains("y2=\"60.0\" stroke=\"#222222\""))
        #expect(chart.svg.hasSuffix("</svg>\n"))
    }

    @Test func `nothing measured is an empty plot`() {
        let chart = BarChart(title: "none", groups: [])
        #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf"))
    }
}
