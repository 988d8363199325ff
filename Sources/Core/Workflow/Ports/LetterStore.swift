/// The dead letters that are kept, as the drainer writes them.
public protocol LetterStore: AnyObject {
    /// What the executors called the errors, for letters that do not say: nil where nobody said anything.
    func errorTypes(of letters: [DeadLetter]) throws(LetterStoreError) -> [[UInt8]?]

    /// Keeps those that are not there yet and counts them with their fingerprints, all or nothing; how many were new.
    /// A letter whose task was revived before it arrived is kept as redriven.
    func keep(_ letters: [KeptLetter]) throws(LetterStoreError) -> Int

    /// Marks letters as redriven that arrived while their task was being revived: those of the last minutes.
    func settle() throws(LetterStoreError)

    /// What is open now.
    func openLetters() throws(LetterStoreError) -> OpenLetters
}

/// A letter with what it has in common with others.
public struct KeptLetter: Sendable {
    public var letter: DeadLetter
    public var fingerprint: Fingerprint

    public init(_ letter: DeadLetter, _ fingerprint: Fingerprint) {
        self.letter = letter
        self.fingerprint = fingerprint
    }
}

/// How many letters are open, by reason, and since when the oldest of each.
public struct OpenLetters: Sendable, Equatable {
    public struct Share: Sendable, Equatable {
        public var reason: String
        public var count: Int
        public var oldestSeconds: Double

        public init(reason: String, count: Int, oldestSeconds: Double) {
            self.reason = reason
            self.count = count
            self.oldestSeconds = oldestSeconds
        }
    }

    public var shares: [Share]

    public init(_ shares: [Share]) { self.shares = shares }

    public var count: Int { shares.reduce(0) { $0 + $1.count } }
    public var oldestSeconds: Double { shares.map(\.oldestSeconds).max() ?? 0 }
}

/// Why the store did not do it.
public enum LetterStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing is known; the same again later is right.
    case away(String)
    /// A value among these cannot be stored.
    case refused(String)

    public var description: String {
        switch self {
        case .away(let words), .refused(let words): words
        }
    }
}
