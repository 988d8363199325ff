import Foundation
import TestSupport

/// What is measured: the product, or one of its floors, each as real processes.
enum Subject: Equatable {
    case product
    case floor(FloorKind)

    var name: String {
        switch self {
        case .product: "product"
        case .floor(let kind): kind.rawValue
        }
    }

    var keepsRows: Bool { self != .floor(.f2) }

    /// Starts one orchestrator and one executor, and waits until they take work.
    func start(in fleet: Fleet, _ streams: [Stream], preload: AllocationMeter? = nil) throws {
        switch self {
        case .product:
            for stream in streams { try Self.register(stream.flow, in: fleet) }
            try fleet.startOrchestrator(settings: preload?.settings(for: "orchestrator") ?? [:])
            try fleet.startExecutor(settings: preload?.settings(for: "executor") ?? [:])
            try fleet.waitUntilSettled()
        case .floor(let kind):
            for role in ["orchestrator", "executor"] {
                let arguments = [role, kind.rawValue, fleet.topicPrefix] + streams.map(\.argument)
                try fleet.start("floor-\(role)", program: Subject.program, arguments: ["floor"] + arguments)
            }
        }
    }

    /// This very program.
    static var program: String { Fleet.products.appendingPathComponent("bench").path }

    static func register(_ flow: FlowShape, in fleet: Fleet) throws {
        let file = fleet.folder.appendingPathComponent(flow.id + ".json")
        try flow.definition.write(to: file, atomically: true, encoding: .utf8)
        let result = try fleet.command("flow", "apply", file.path)
        fleet.endCommandGateway()
        guard result.status == 0 else { throw BenchError("flow apply: \(result.errors)\(result.text)") }
    }
}
