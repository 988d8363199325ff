import Foundation
import TestSupport

/// Allocations that a process has made since it began.
struct AllocationCounts {
    var all = 0.0
    var swift = 0.0
    var kafka = 0.0
    var postgres = 0.0
}

/// Counts allocations of the product's processes: a small C library, preloaded into them, stands before glibc's
/// allocator and counts in a file that is mapped into memory. Costs a few nanoseconds a call, so the run that counts is
/// not one that is timed.
final class AllocationMeter {
    private let folder: URL
    private let library: String
    private var files: [(kind: String, file: URL)] = []

    /// Nil where the library was not built.
    init?(_ fleet: Fleet) {
        folder = fleet.folder
        library = Fleet.products.appendingPathComponent("libAllocationCounter.so").path
        guard FileManager.default.fileExists(atPath: library) else { return nil }
    }

    /// Settings for one process, so that it is counted.
    func settings(for kind: String) -> [String: String] {
        let file = folder.appendingPathComponent("allocations-\(kind)-\(files.count)")
        files.append((kind, file))
        return ["LD_PRELOAD": library, "FLOWFLEET_ALLOCATIONS": file.path]
    }

    func read() -> [String: AllocationCounts] {
        var sums: [String: AllocationCounts] = [:]
        for (kind, file) in files {
            guard let data = try? Data(contentsOf: file), data.count >= 40 else { continue }
            let numbers = data.withUnsafeBytes { bytes in
                (0..<5).map { Double(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
            }
            var sum = sums[kind] ?? AllocationCounts()
            sum.all += numbers[0]
            sum.swift += numbers[1]
            sum.kafka += numbers[2]
            sum.postgres += numbers[3]
            sums[kind] = sum
        }
        return sums
    }
}
