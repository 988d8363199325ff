public import JSON

extension DiscordMessage {
    /// A head line and JSON below it: in the message where it fits or `attach` forbids a file, else as one; where no
    /// file is large enough, with the way to fetch it.
    /// - `fetch`: an address or a command.
    public init(_ head: String, json: Bytes, attach: ChannelRequest.Attachment, fetch: String) {
        let isShort = json.count <= 4 * DiscordText.limit && attach != .always
        let whole = isShort ? head + "\n" + Self.block(json) : nil
        if let whole, whole.utf16.count <= DiscordText.limit {
            self.init(whole)
            return
        }
        switch attach {
        case .auto, .always:
            guard json.count <= Self.fileLimit else {
                self.init("\(head)\nIt has \(json.count) bytes, more than a file may have here. Fetch it: \(fetch)")
                isWhole = false
                return
            }
            let file = File(name: "result.json", type: "application/json", bytes: Array(json))
            self.init("\(head)\nThe result has \(json.count) bytes and comes as a file.", file: file)
            wayOut = "It is more than this channel takes. Fetch it: \(fetch)"
        case .never:
            self.init(Self.cut(head, json, fetch))
            isWhole = false
        }
    }

    /// A text is shown as what it says, anything else as JSON.
    private static func block(_ json: Bytes) -> String {
        if let text = JSONValue(trusted: json).string() {
            return DiscordText.block(String(decoding: text, as: UTF8.self))
        }
        return DiscordText.json(String(decoding: json, as: UTF8.self))
    }

    private static func cut(_ head: String, _ json: Bytes, _ fetch: String) -> String {
        let tail = "The rest is cut (\(json.count) bytes in all). Fetch it: \(DiscordText.cut(fetch, to: 900))"
        let room = DiscordText.limit - head.utf16.count - tail.utf16.count - 2
        let start = String(decoding: json.prefix(4 * DiscordText.limit), as: UTF8.self)
        return head + "\n" + DiscordText.block(start, within: room) + "\n" + tail
    }
}
