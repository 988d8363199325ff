public import Postgres
public import Workflow

/// Dead letters in Postgres, as the drainer writes them. One connection, one thread.
public final class PostgresLetterStore: LetterStore {
    private let database: LetterDatabase
    private let columns = LetterColumns()

    public init(_ settings: PostgresSettings) { database = LetterDatabase(settings) }

    public func errorTypes(of letters: [DeadLetter]) throws(LetterStoreError) -> [[UInt8]?] {
        var types = [[UInt8]?](repeating: nil, count: letters.count)
        let c = [PostgresType.text, .text, .int4, .int4].map { PostgresArrayBuilder($0) }
        for (index, letter) in letters.enumerated() where letter.errorType == nil {
            guard let attempt = letter.attempt, attempt >= 0 else { continue }
            c[0].append(letter.runID)
            c[1].append(letter.taskID)
            c[2].append(attempt)
            c[3].append(index)
        }
        guard c[0].count > 0 else { return types }
        for row in try database.query(LetterSQL.errorTypes, c.map { .array($0) }) {
            if let index = row.int(0) { types[index] = row.bytes(1) }
        }
        return types
    }

    public func keep(_ letters: [KeptLetter]) throws(LetterStoreError) -> Int {
        columns.fill(letters)
        return try database.query(LetterSQL.keep, columns.parameters)[0].int(0) ?? 0
    }

    public func settle() throws(LetterStoreError) { try database.query(LetterSQL.settle) }

    public func openLetters() throws(LetterStoreError) -> OpenLetters {
        OpenLetters(
            try database.query(LetterSQL.open).map { row in
                OpenLetters.Share(
                    reason: row.string(0) ?? "", count: row.int(1) ?? 0, oldestSeconds: row.double(2) ?? 0)
            })
    }
}

/// The columns of a batch of letters, kept from batch to batch.
final class LetterColumns {
    private let arrays: [PostgresArrayBuilder] = LetterSQL.columns.map { PostgresArrayBuilder($0.type) }

    var parameters: [PostgresParameter] { arrays.map { .array($0) } }

    func fill(_ letters: [KeptLetter]) {
        for array in arrays { array.clear() }
        for kept in letters { append(kept.letter, kept.fingerprint) }
    }

    /// In the order of `LetterSQL.columns`.
    private func append(_ letter: DeadLetter, _ fingerprint: Fingerprint) {
        arrays[0].append(letter.messageID)
        arrays[1].append(letter.kind.rawValue)
        arrays[2].append(letter.reason)
        arrays[3].append(letter.runID)
        arrays[4].append(letter.taskID)
        arrays[5].append(letter.handler)
        arrays[6].append(letter.attempts)
        arrays[7].append(letter.error)
        arrays[8].append(letter.errorClass)
        arrays[9].append(letter.errorType)
        arrays[10].append(unixMicroseconds: letter.failedAt)
        arrays[11].append(letter.sessionID)
        arrays[12].append(letter.tenantID)
        arrays[13].append(letter.flowID)
        arrays[14].append(letter.task)
        arrays[15].append(letter.original)
        arrays[16].append(letter.value)
        arrays[17].append(fingerprint.id)
        arrays[18].append(fingerprint.pattern)
    }
}
