/// Builds Prometheus' text format 0.0.4.
struct MetricsText {
    private(set) var bytes: [UInt8] = []

    mutating func head(_ declaration: MetricDeclaration) {
        let help = MetricsText.escaped(declaration.help, quotes: false)
        bytes += "# HELP \(declaration.name) \(help)\n# TYPE \(declaration.name) \(declaration.kind.rawValue)\n".utf8
    }

    mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
        bytes += name.utf8
        if !labels.isEmpty {
            let pairs = zip(labels, values).map { "\($0)=\"\(MetricsText.escaped($1, quotes: true))\"" }
            bytes += "{\(pairs.joined(separator: ","))}".utf8
        }
        bytes += " \(MetricsText.number(value))\n".utf8
    }

    mutating func histogram(_ name: String, _ labels: [String], _ values: [String], _ histogram: Histogram) {
        let content = histogram.read()
        var below = 0
        for (index, count) in content.buckets.enumerated() {
            below += count
            let bound = index < histogram.bounds.count ? MetricsText.number(histogram.bounds[index]) : "+Inf"
            sample(name + "_bucket", labels + ["le"], values + [bound], Double(below))
        }
        sample(name + "_sum", labels, values, content.sum)
        sample(name + "_count", labels, values, Double(below))
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
        return String(Int64(value))
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
