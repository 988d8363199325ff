extension DiscordMessage {
    /// What a notice says on Discord.
    public init(_ notice: Notice) {
        let run = notice.run
        switch notice.kind {
        case .result:
            let fetch = DiscordMessage.fetch(notice.pickUp)
            self.init(Self.head(run), json: run.output ?? Self.null, attach: notice.attach, fetch: fetch)
        case .error:
            let head = Self.head(run) + "\n"
            let room = DiscordText.limit - head.utf16.count
            self.init(head + DiscordText.block(run.error ?? "without a word", within: room))
        case .progress: self.init("Run \(DiscordText.code(run.runID.description)): \(Self.progress(run.tasks)).")
        case .early: self.init(Self.early(notice))
        }
    }

    private static let null = Array("null".utf8)[...]

    private static func head(_ run: RunNews) -> String {
        let status = run.degraded && run.status == .completed ? "completed, degraded" : run.status.rawValue
        var head = "**Run \(DiscordText.code(run.runID.description)) \(status)**"
        head += " · flow \(DiscordText.code(run.flowID.description, most: 100))"
        if let completed = run.completedAt { head += " · \(seconds(completed - run.createdAt))" }
        return head
    }

    private static func progress(_ tasks: RunProgress) -> String {
        guard tasks.total > 0 else { return tasks.done == 1 ? "1 task is done" : "\(tasks.done) tasks are done" }
        return "\(tasks.percent) %, \(tasks.done) of \(tasks.total) tasks are done"
    }

    /// What is done, how the result will come, and how to fetch it.
    private static func early(_ notice: Notice) -> String {
        let (run, pickUp) = (notice.run, notice.pickUp)
        var text = "Run \(DiscordText.code(run.runID.description)) goes on: \(progress(run.tasks)).\n"
        let ended = run.tasks.ended.prefix(20).map { task in
            "\(DiscordText.code(task.taskID.description, most: 40)) \(task.status.rawValue)"
        }
        if !ended.isEmpty { text += DiscordText.cut(ended.joined(separator: ", "), to: 400) + "\n" }
        text += "This reply can soon be changed no more. If the run ends later, its result comes over the next channel "
        text += "that was named, or waits for you: \(DiscordText.code(pickUp.chatCommand)) or "
        text += DiscordText.code(pickUp.command)
        if let code = pickUp.code { text += ", code \(DiscordText.code(code, most: 64))" }
        if let address = address(pickUp) { text += "\n\(address)" }
        return text
    }

    /// In words that can stand in a sentence: an address for everybody first, then commands with the code they need.
    public static func fetch(_ pickUp: PickUp) -> String {
        var ways = address(pickUp).map { [$0] } ?? []
        ways.append(DiscordText.code(pickUp.command) + (pickUp.code.map { ", code \(DiscordText.code($0))" } ?? ""))
        if !pickUp.chatCommand.isEmpty { ways.append(DiscordText.code(pickUp.chatCommand)) }
        return ways.joined(separator: " or ")
    }

    /// One that is too long is none: half of it leads nowhere.
    private static func address(_ pickUp: PickUp) -> String? {
        pickUp.address.flatMap { $0.utf16.count <= 400 ? "<\($0)>" : nil }
    }

    private static func seconds(_ time: Microseconds) -> String {
        let tenths = max(0, time) / 100_000
        return tenths < 6_000 ? "\(tenths / 10).\(tenths % 10) s" : "\(tenths / 600) min"
    }
}
