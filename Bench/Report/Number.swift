/// Numbers as people read them: no more digits than the measurement is worth.
public enum Number {
    /// Three digits that count, thousands set apart; `digits` fixes those after the point.
    public static func text(_ value: Double, digits: Int? = nil) -> String {
        guard value.isFinite else { return "–" }
        let places = digits ?? (abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2)
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        let whole = Int(scaled / scale)
        let rest = Int(scaled) - whole * Int(scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + grouped(whole) }
        let fraction = String(rest)
        return sign + grouped(whole) + "." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    private static func grouped(_ value: Int) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1,234 ±3 %`.
    public static func text(_ spread: Spread?) -> String {
        guard let spread else { return "–" }
        return spread.least == spread.most
            ? text(spread.median) : "\(text(spread.median)) ±\(text(spread.share * 100, digits: 0)) %"
    }
}
