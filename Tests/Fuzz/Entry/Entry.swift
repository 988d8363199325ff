import FuzzTargets
import Glibc

/// What libFuzzer calls with every input it makes up. `FLOWFLEET_FUZZ_TARGET` names the target. A promise that does not
/// hold ends the process, so that the input is kept.
private let target: FuzzTarget = {
    let name = getenv("FLOWFLEET_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.named(name) else { fatalError("there is no fuzz target \(name)") }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func check(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let problem = target.check(input[...]) { fatalError("\(target.name): \(problem)") }
    return 0
}
