/// Groups of bars as an SVG: one group a load, one bar a subject, with a line from the least to the most.
public struct BarChart: Sendable {
    public struct Bar: Sendable, Equatable {
        public let series: String
        public let value: Spread

        public init(_ series: String, _ value: Spread) { (self.series, self.value) = (series, value) }
    }

    public let title: String
    public let groups: [(name: String, bars: [Bar])]
    private let width = 760.0
    private let height = 320.0
    private let left = 70.0
    private let bottom = 270.0
    private let top = 60.0
    private static let colours = ["#2a6fb0", "#9aa5b1", "#c8b273", "#7fa37f", "#b0743a"]

    public init(title: String, groups: [(name: String, bars: [Bar])]) { (self.title, self.groups) = (title, groups) }

    public var svg: String {
        let series = groups.flatMap { $0.bars.map(\.series) }.reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        let most = groups.flatMap { $0.bars.map(\.value.most) }.max() ?? 0
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
            font-family="sans-serif" font-size="12">
            """, "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            "<text x=\"\(Int(left))\" y=\"22\" font-size=\"15\">\(SVG.escaped(title))</text>",
        ]
        parts += legend(series)
        parts += axis(most)
        for (index, group) in groups.enumerated() { parts += bars(of: group, at: index, series, most) }
        parts.append("</svg>")
        return parts.joined(separator: "\n") + "\n"
    }

    private func legend(_ series: [String]) -> [String] {
        series.enumerated().flatMap { index, name -> [String] in
            let x = left + Double(index) * 110
            return [
                "<rect x=\"\(SVG.place(x))\" y=\"34\" width=\"10\" height=\"10\" fill=\"\(colour(index))\"/>",
                "<text x=\"\(SVG.place(x + 15))\" y=\"43\">\(SVG.escaped(name))</text>",
            ]
        }
    }

    private func axis(_ most: Double) -> [String] {
        (0...4).flatMap { step -> [String] in
            let value = most * Double(step) / 4
            let y = height(of: value, most)
            return [
                """
                <line x1="\(SVG.place(left))" x2="\(SVG.place(width - 20))" y1="\(SVG.place(y))" \
                y2="\(SVG.place(y))" stroke="#e3e6ea"/>
                """,
                """
                <text x="\(SVG.place(left - 8))" y="\(SVG.place(y + 4))" text-anchor="end">\(Number.text(value))</text>
                """,
            ]
        }
    }

    private func bars(of group: (name: String, bars: [Bar]), at index: Int, _ series: [String], _ most: Double)
        -> [String]
    {
        let room = (width - left - 20) / Double(max(groups.count, 1))
        let start = left + room * Double(index) + room * 0.1
        let thick = room * 0.8 / Double(max(series.count, 1))
        var parts: [String] = []
        for bar in group.bars {
            guard let number = series.firstIndex(of: bar.series) else { continue }
            let x = start + thick * Double(number)
            let y = height(of: bar.value.median, most)
            let middle = x + thick * 0.45
            parts.append(
                """
                <rect x="\(SVG.place(x))" y="\(SVG.place(y))" width="\(SVG.place(thick * 0.9))" \
                height="\(SVG.place(bottom - y))" fill="\(colour(number))"/>
                """)
            parts.append(
                """
                <line x1="\(SVG.place(middle))" x2="\(SVG.place(middle))" \
                y1="\(SVG.place(height(of: bar.value.least, most)))" \
                y2="\(SVG.place(height(of: bar.value.most, most)))" stroke="#222222"/>
                """)
        }
        parts.append(
            """
            <text x="\(SVG.place(start + room * 0.4))" y="\(SVG.place(bottom + 18))" \
            text-anchor="middle">\(SVG.escaped(group.name))</text>
            """)
        return parts
    }

    private func height(of value: Double, _ most: Double) -> Double {
        most > 0 ? bottom - (bottom - top) * value / most : bottom
    }

    private func colour(_ index: Int) -> String { Self.colours[index % Self.colours.count] }
}

/// Small pieces of SVG text.
enum SVG {
    /// A place to a tenth of a unit.
    static func place(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    static func escaped(_ text: String) -> String {
        text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"][$0] ?? String($0) }.joined()
    }
}
