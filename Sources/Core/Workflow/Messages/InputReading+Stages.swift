import JSON

/// The part of `flow_run_requested` that asks for a stage retry.
extension InputReader {
    /// The wish as far as it can be read comes first: what is wrong with the rest is then told to who sent it.
    mutating func readStage(into request: inout RunRequest) throws(Unreadable) {
        guard members["parent_run_id"] != nil, members["retry_from_stage"] != nil else { return }
        let (parent, stage) = (try identifier("parent_run_id"), try identifier("retry_from_stage"))
        var wish = StageRetryRequest(parentRunID: parent, fromStage: stage, requestID: request.runID.bytes[...])
        request.stage = wish
        wish.requestID = try optionalIdentifier("request_id")?.bytes[...] ?? wish.requestID
        request.stage = wish
        wish.actor = try text("actor").map(ErrorText.storable)
        wish.reason = try text("reason").map(ErrorText.storable)
        wish.planVersion = try text("plan_version")
        wish.queues = try flag("queue")
        wish.wantsLatest = try wantsLatest()
        wish.inputPatch = try payload("input_patch", .object)
        wish.outputOverrides = try overrides()
        request.stage = wish
        guard members["flow_definition"] == nil else {
            throw Unreadable("a stage retry runs by its parent's definition, or by a registered version")
        }
    }

    private func flag(_ name: StaticString) throws(Unreadable) -> Bool {
        guard let value = members[name] else { return false }
        guard let flag = value.bool else { throw Unreadable("\(name) must be true or false, it is \(value.kind)") }
        return flag
    }

    private func wantsLatest() throws(Unreadable) -> Bool {
        guard let version = try text("version") else { return false }
        guard version.elementsEqual("latest".utf8) else {
            throw Unreadable("version must be \"latest\"; a certain one is told by flow_version")
        }
        return true
    }

    /// Each of them may be as large as an output.
    private func overrides() throws(Unreadable) -> Bytes? {
        guard let member = members.member("output_overrides") else { return nil }
        guard member.value.kind == .object else {
            throw Unreadable("output_overrides must be an object, it is \(member.value.kind)")
        }
        guard member.depth <= Limits.depth + 1 else {
            throw Unreadable("output_overrides nest deeper than \(Limits.depth)")
        }
        guard member.isStorable else {
            throw Unreadable("output_overrides cannot be stored: they hold \\u0000 or half a surrogate pair")
        }
        return member.value.bytes
    }
}
