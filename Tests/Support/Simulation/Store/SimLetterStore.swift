import Workflow

/// The dead letters of the model, as a drainer keeps them: by message id, each once.
final class SimLetterStore: SimConnection, LetterStore {
    func errorTypes(of letters: [DeadLetter]) throws(LetterStoreError) -> [[UInt8]?] {
        try reach("error types") { letters.map { _ in nil } }
    }

    func keep(_ letters: [KeptLetter]) throws(LetterStoreError) -> Int {
        try reach("keep letters") {
            letters.count { kept in
                let letter = kept.letter
                let id = String(decoding: letter.messageID, as: UTF8.self)
                guard store.tables.letters[id] == nil else {
                    world.count("letter drained again")
                    return false
                }
                var row = Tables.Letter(
                    isTask: letter.kind == .task, reason: String(decoding: letter.reason, as: UTF8.self),
                    runID: letter.runID.map { Identifier($0) }, taskID: letter.taskID.map { Identifier($0) },
                    attempts: letter.attempts, isOpen: true)
                if store.tables.isRedriven(row) {
                    row.isOpen = false
                    world.count("letter came after its redrive")
                }
                store.tables.letters[id] = row
                return true
            }
        }
    }

    func settle() throws(LetterStoreError) {
        try reach("settle letters") {
            for (id, letter) in store.tables.letters where letter.isOpen && store.tables.isRedriven(letter) {
                store.tables.letters[id]?.isOpen = false
            }
        }
    }

    func openLetters() throws(LetterStoreError) -> OpenLetters { OpenLetters([]) }
}
