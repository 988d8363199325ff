import JSON
import Workflow

extension RequestDraft {
    /// Everything that a lane would refuse, found before the request is sent; empty when it is good.
    public var problems: [String] {
        var found: [String] = []
        for (name, id) in ids where !RequestDraft.isID(id) {
            found.append("\(name): is 1 to 255 bytes without control characters")
        }
        if !RequestDraft.isName(flowID) { found.append("flow_id: is 1 to 255 of A-Z a-z 0-9 . _ -") }
        if let flowVersion, flowVersion < 1 { found.append("flow_version: is a number from 1") }
        if let timeoutSeconds, !(timeoutSeconds > 0) { found.append("timeout: is more than 0 seconds") }
        found +=
            RequestDraft.payloadProblems("input", input) + RequestDraft.payloadProblems("execution_context", context)
        return found + definitionProblems
    }

    /// Only that it is an object: what is wrong in it the lane tells, or `flow validate`.
    private var definitionProblems: [String] {
        guard let definition else { return [] }
        guard definition.count <= Limits.definitionBytes else { return ["flow_definition: is over 1 MiB"] }
        do throws(JSONError) {
            let isObject = try JSONValue(validating: definition).kind == .object
            return isObject ? [] : ["flow_definition: must be an object"]
        } catch {
            return ["flow_definition: \(error)"]
        }
    }

    private var ids: [(String, String)] {
        [
            ("run_id", runID), ("session_id", sessionID ?? "-"), ("tenant_id", tenantID ?? "-"),
            ("user_id", userID ?? "-"), ("correlation_id", correlationID ?? "-"),
        ]
    }

    /// The lanes' own rule: what they could not read would be waited for without end.
    static func isID(_ id: String) -> Bool { Identifier.isValidID(Array(id.utf8)[...]) }

    static func isName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func payloadProblems(_ name: String, _ payload: Bytes?) -> [String] {
        guard let payload else { return [] }
        guard payload.count <= Limits.payloadBytes else {
            return ["\(name): has \(payload.count) bytes, \(Limits.payloadBytes) fit"]
        }
        do throws(JSONError) {
            let value = try JSONValue(validating: payload)
            guard value.isStorable else {
                return ["\(name): holds \\u0000, half a character or a number of more than 400 digits"]
            }
            return []
        } catch {
            return ["\(name): \(error.description(in: payload))"]
        }
    }
}
