import Foundation

/// Waiting for something that other processes do: looked at often, with a deadline.
package enum Waiting {
    @discardableResult
    package static func until(_ seconds: Double, every pause: Double = 0.05, _ isTrue: () throws -> Bool) rethrows
        -> Bool
    {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if try isTrue() { return true }
            if ContinuousClock.now >= deadline { return false }
            Thread.sleep(forTimeInterval: pause)
        }
    }

    /// A stretch of load or of a fault, whose length is the point.
    package static func forSeconds(_ seconds: Double) { Thread.sleep(forTimeInterval: seconds) }
}

/// Something that should have happened within a time and did not.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String

    package init(_ what: String) { description = what }
}
