public import JSON
import Workflow

/// A stage retry before it is asked for, with the ids its sender chose.
public struct StageRetryDraft: Sendable {
    /// The new run's id.
    public var runID: String
    public var parentRunID: String
    public var fromStage: String
    public var requestID: String
    /// An object.
    public var inputPatch: Bytes?
    /// An object: outputs by task.
    public var outputOverrides: Bytes?
    /// Runs by the newest registered definition.
    public var wantsLatest = false
    /// Runs by this registered version.
    public var flowVersion: Int?
    public var queues = false
    public var planVersion: String?
    public var actor: String?
    public var reason: String?

    public init(runID: String, parentRunID: String, fromStage: String, requestID: String) {
        self.runID = runID
        self.parentRunID = parentRunID
        self.fromStage = fromStage
        self.requestID = requestID
    }

    var namesVersion: Bool { wantsLatest || flowVersion != nil }

    /// What is wrong with it in itself.
    var problem: StageRefusal? {
        let ids = [
            ("run_id", runID), ("parent_run_id", parentRunID), ("from_stage", fromStage), ("request_id", requestID),
        ]
        for (name, id) in ids where !RequestDraft.isID(id) {
            return StageRefusal(.invalidRequest, "\(name): is 1 to 255 bytes without control characters")
        }
        for (name, change) in [("input_patch", inputPatch), ("output_overrides", outputOverrides)] {
            guard let change else { continue }
            guard let value = try? JSONValue(validating: change), value.kind == .object else {
                return StageRefusal(.invalidRequest, "\(name): is a JSON object, at most 64 deep")
            }
            guard value.isStorable else {
                return StageRefusal(.invalidRequest, "\(name): holds \\u0000 or half a surrogate pair")
            }
        }
        let size = (inputPatch?.count ?? 0) + (outputOverrides?.count ?? 0)
        guard size < Limits.messageBytes - 64 * 1024 else {
            return StageRefusal(.invalidRequest, "patch and overrides have \(size) bytes: more than a message takes")
        }
        return nil
    }

    /// The wish as the plan takes it.
    var request: StageRetryRequest {
        var request = StageRetryRequest(
            parentRunID: Identifier(parentRunID), fromStage: Identifier(fromStage),
            requestID: Array(requestID.utf8)[...])
        request.inputPatch = inputPatch
        request.outputOverrides = outputOverrides
        request.wantsLatest = wantsLatest
        request.queues = queues
        request.planVersion = planVersion.map { Array($0.utf8)[...] }
        request.actor = actor.map { Array($0.utf8)[...] }
        request.reason = reason.map { Array($0.utf8)[...] }
        return request
    }

    /// The event `flow_run_requested`.
    func message(flowID: String) -> Bytes {
        var run = RunRequest(
            runID: Identifier(runID), flowID: Identifier(flowID), sessionID: Identifier(runID))
        run.flowVersion = flowVersion.map { Int32(clamping: $0) }
        return run.message(of: request)
    }
}
