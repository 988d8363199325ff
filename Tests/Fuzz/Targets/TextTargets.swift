import Execution
import JSON
import Platform
import Redis
import Workflow

/// Small texts from outside: times, headers, settings, error texts.
enum TextTargets {
    static let all = [
        FuzzTarget("time", time), FuzzTarget("retry-after", retryAfter), FuzzTarget("setting-value", setting),
        FuzzTarget("error-text", errorText), FuzzTarget("identifier", identifier), FuzzTarget("base64", base64),
        FuzzTarget("ledger-metadata", ledger), FuzzTarget("redis-url", redisURL),
    ]

    /// What was read is written as the same moment, by both who write times.
    private static func time(_ input: Bytes) -> String? {
        guard let time = Timestamp.parse(input) else { return nil }
        let (pure, platform) = (Timestamp.text(time), RFC3339.text(time))
        if !pure.elementsEqual(platform.utf8) { return "written as \(pure[...].shown) and \(platform)" }
        let expected = time - ((time % 1_000) + 1_000) % 1_000
        return Timestamp.parse(pure[...]) == expected ? nil : "\(time) is written as \(pure[...].shown)"
    }

    /// Two headers, apart at the first line feed.
    private static func retryAfter(_ input: Bytes) -> String? {
        let lines = input.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        var headers = [(name: "retry-after", value: lines[0])]
        if lines.count == 2 { headers.append((name: "date", value: lines[1])) }
        guard let wait = RetryAfter.milliseconds(HTTPReply(status: 503, headers: headers, body: [])) else { return nil }
        return (0...RetryAfter.longest).contains(wait) ? nil : "wait \(wait) ms"
    }

    /// Every kind of setting reads every text, or says what is wrong without repeating it.
    private static func setting(_ input: Bytes) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        for kind in 0..<6 {
            guard let fault = fault(kind, text), text.utf8.count > 30 else { continue }
            if fault.contains(text) { return "the fault repeats the value" }
        }
        guard let list = try? SettingText.list(text), !list.isEmpty else { return nil }
        return list.contains { $0.isEmpty } && !text.contains("\"") ? "a part without anything in it" : nil
    }

    private static func fault(_ kind: Int, _ text: String) -> String? {
        do throws(SettingFault) {
            switch kind {
            case 0: _ = try SettingText.integer(text, 0...100)
            case 1: _ = try SettingText.number(text, 0...1)
            case 2: _ = try SettingText.flag(text)
            case 3: _ = try SettingText.url(text, ["redis", "rediss"])
            case 4: _ = try SettingText.endpoints(text)
            default: _ = try SettingText.pairs(text)
            }
            return nil
        } catch {
            return error.text
        }
    }

    /// A class for any text, and a pattern that is text, bounded, and the same for the same.
    private static func errorText(_ input: Bytes) -> String? {
        _ = ErrorPatterns().classify(input)
        let pattern = MessagePattern.of(Array(input))
        if !isText(pattern) { return "a pattern that cannot be stored" }
        if pattern.count > 450 { return "a pattern of \(pattern.count) bytes" }
        return MessagePattern.of(Array(input)) == pattern ? nil : "two patterns of one text"
    }

    private static func identifier(_ input: Bytes) -> String? {
        let id = Identifier(input)
        if id.bytes != Array(input) { return "another id" }
        return id == Identifier(Array(input)) && !(id < id) ? nil : "an id that is not itself"
    }

    private static func base64(_ input: Bytes) -> String? {
        if Base64.decode(Base64.encode(input)[...]) != Array(input) { return "it does not come back" }
        guard let bytes = Base64.decode(input) else { return nil }
        return Base64.encode(bytes[...]).elementsEqual(input) ? nil : "read, though it would not be written so"
    }

    /// Whatever the commit metadata of a partition holds is a ledger; written and read again it is the same.
    private static func ledger(_ input: Bytes) -> String? {
        let base: Int64 = 1_234_567
        let ledger = OffsetLedger(base: base, metadata: input)
        if ledger.base != base { return "it begins at \(ledger.base)" }
        let isClean = OffsetLedger.isClean(input)
        let written = ledger.metadata(clean: isClean)
        if written.count > 338 { return "\(written.count) bytes of metadata" }
        if OffsetLedger(base: base, metadata: written[...]) != ledger { return "written and read, it is another" }
        return OffsetLedger.isClean(written[...]) == isClean ? nil : "the mark does not come back"
    }

    /// Any text is an address that can be connected to, or is refused without a word of it.
    private static func redisURL(_ input: Bytes) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        do throws(RedisError) {
            let address = try RedisAddress(text)
            guard (1...65535).contains(address.port), address.database >= 0, !address.host.isEmpty else {
                return "an address that leads nowhere: \(address)"
            }
            return address.host.contains("@") ? "user and password are taken for the host" : nil
        } catch {
            return text.utf8.count > 30 && "\(error)".contains(text) ? "the fault repeats the URL" : nil
        }
    }
}
