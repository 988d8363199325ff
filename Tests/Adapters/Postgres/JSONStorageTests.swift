import JSON
import TestSupport
import Testing

@testable import Postgres

/// What we say can be stored, asked of Postgres itself.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct JSONStorageTests {
    private let connection: PostgresConnection
    private let store = PostgresStatement("store_json", [.jsonb], sql: "SELECT $1")

    init() throws { connection = try TestPostgres.connect() }

    /// What Postgres makes of a text; nil if it refuses it.
    private func stored(_ text: [UInt8]) throws -> [UInt8]? {
        do {
            let result = try connection.query(store, [.jsonb(text[...])])
            return result[0].bytes(0).map { Array($0) }
        } catch {
            guard connection.isUsable else { throw error }
            return nil
        }
    }

    private static let edges: [String] = [
        "1e399", "9.99e399", "1e-400", "1.5e-399", "1e131072", "0.1e131073", "10e131071", "1e308", "5e-324",
        "1e-16384", "1.5e-16383", "0e-16384", "0e131072", "0e1073741822", "0e1073741823", "[1e308,-2.5e-10]",
        "0e99999999999999999999", "1e-99999999999999999999", "0.000e390", "1e999999", "-1e399",
        "-0",
        "-0.0", "1.50", "1e-400", "12345678901234567890.12345678901234567890",
        String(repeating: "9", count: 400), String(repeating: "9", count: 131_073),
        "0." + String(repeating: "3", count: 400), "0." + String(repeating: "3", count: 16_384),
        #""\u0000""#, #"{"\u0000":1}"#, #"{"a":"\u0000","a":1}"#, #""\\u0000""#, #""\ud800""#, #""\udc00""#,
        #""\ud83d\ude00""#, #""\ud83d\u0041""#, #""\ud83dx""#, #""\ud83d\ud83d\ude00""#, #""\uD83D\n""#, #""\uffff""#,
        "\"\u{7F}\u{10FFFF}\u{FFFE}\"", #"{"a":1,"\u0061":2}"#, #"{"bb":1,"a":2,"":3}"#, #""\u001f\u2028\/""#,
        "-1e-400",
    ]

    /// But for numbers between our 400 digits and numeric's many thousands, which random texts have; none of the edges
    /// is one, and `NumberTests` has ours.
    @Test func `what we call storable Postgres takes, and nothing else`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("stored in Postgres: seed \(seed)")
        var texts = RandomJSON(seed: seed)
        let random = (0..<800).map { _ in texts.document() }
        var (taken, refused) = (0, 0)
        let edges = Self.edges.map { Array($0.utf8) }
        for (number, text) in (edges + random).enumerated() {
            let value = try JSONValue(validating: text[...])
            let row = try stored(text)
            let mayDiffer = number >= edges.count && row != nil
            let isRight = mayDiffer || value.isStorable == (row != nil)
            #expect(isRight, "seed \(seed): \(String(decoding: text.prefix(200), as: UTF8.self))")
            if row == nil { refused += 1 } else { taken += 1 }
            guard let row, value.isStorable else { continue }
            let isSame = JSONCanonical.bytes(of: value) == JSONCanonical.bytes(of: try JSONValue(validating: row[...]))
            #expect(isSame, "seed \(seed): \(String(decoding: text.prefix(200), as: UTF8.self))")
        }
        print("stored in Postgres: \(taken) taken, \(refused) refused")
        #expect(taken >= 200 && refused >= 20)
    }

    @Test func `what we refuse for its grammar Postgres refuses too`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("damaged texts for Postgres: seed \(seed)")
        var texts = RandomJSON(seed: seed)
        for _ in 0..<400 {
            let text = texts.damaged(texts.document())
            guard !text.contains(0) else { continue }
            let value = try? JSONValue(validating: text[...])
            let isTaken = try stored(text) != nil
            let isRight = isTaken ? value != nil : value?.isStorable != true
            #expect(isRight, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test func `deep values go in and come back`() throws {
        for depth in [64, 1_000] {
            let text = [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
            let row = try stored(text)
            #expect(row == text && JSONValue(trusted: text[...]).isStorable)
        }
    }
}
