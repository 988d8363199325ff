/// One kind of run that a load asks for: a flow, its shape, and how many are to be in flight.
struct Stream: Equatable {
    /// Marks its run ids, so that one log of endings serves several streams.
    let letter: UInt8
    let flow: FlowShape
    var inFlight: Int

    init(_ letter: Character, _ flow: FlowShape, inFlight: Int = 1) {
        self.letter = letter.asciiValue ?? 97
        self.flow = flow
        self.inFlight = inFlight
    }

    /// For a floor's command line: `a:chain-10:1,1,1`.
    var argument: String {
        "\(Character(UnicodeScalar(letter))):\(flow.id):\(flow.widths.map(String.init).joined(separator: ","))"
    }

    init?(argument: String) {
        let parts = argument.split(separator: ":")
        guard parts.count == 3, let letter = parts[0].first else { return nil }
        let widths = parts[2].split(separator: ",").compactMap { Int($0) }
        self.init(letter, FlowShape(id: String(parts[1]), widths: widths))
    }
}

/// A flow in layers: every task of a layer depends on all tasks of the layer before, and a run's `input.value` passes
/// from one to the next.
struct FlowShape: Equatable {
    let id: String
    /// Tasks in each layer.
    let widths: [Int]
    var segments = false
    var handler = "echo"
    /// The inputs' template, where it is not the value that is passed on.
    var inputs: String?
    /// More fields of each task, as JSON members.
    var extra = ""

    var tasks: Int { widths.reduce(0, +) }

    static func chain(_ length: Int, segments: Bool = false) -> FlowShape {
        FlowShape(
            id: segments ? "segment-\(length)" : "chain-\(length)", widths: Array(repeating: 1, count: length),
            segments: segments)
    }
    static func fan(_ width: Int) -> FlowShape { FlowShape(id: "fan-\(width)", widths: [width, 1]) }
    static let diamond = FlowShape(id: "diamond", widths: [1, 2, 1])

    static func taskID(_ number: Int) -> String { "t" + String(String(10_000 + number).dropFirst()) }

    /// What `flowfleet flow apply` takes.
    var definition: String {
        var (first, before, tasks) = (0, [Int](), [String]())
        for width in widths {
            let layer = Array(first..<(first + width))
            tasks += layer.map { task($0, after: before) }
            (first, before) = (first + width, layer)
        }
        return "{\"flow_id\":\"\(id)\",\"tasks\":[\(tasks.joined(separator: ","))]}"
    }

    private func task(_ number: Int, after before: [Int]) -> String {
        let source = before.count == 1 ? "tasks.\(Self.taskID(before[0])).output.value" : "input.value"
        let dependencies = before.map { "\"\(Self.taskID($0))\"" }.joined(separator: ",")
        return "{\"task_id\":\"\(Self.taskID(number))\",\"handler\":\"\(handler)\",\"depends_on\":[\(dependencies)],"
            + "\"inputs\":\(inputs ?? "{\"value\":\"${\(source)}\"}")" + (segments ? "" : ",\"segment\":false") + extra
            + "}"
    }
}

/// Run ids of one length, so that a floor finds its way in a message without parsing: `bench-a-000000000012`.
enum RunID {
    static let length = 20
    static let letterAt = 6

    static func text(_ letter: UInt8, _ number: Int) -> [UInt8] {
        Array("bench-".utf8) + [letter, UInt8(ascii: "-")] + Array(String(1_000_000_000_000 + number).utf8.dropFirst())
    }

    static func number(_ id: UnsafeRawBufferPointer) -> Int { Digits.value(id, 8..<20) }
}

/// Decimal digits at a known place.
enum Digits {
    static func value(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
        range.reduce(0) { $0 * 10 + Int(bytes[$1]) - 48 }
    }
}
