import JSON

/// One message as Discord takes it: words, and at most one file. Mentions nobody, whatever its words say.
public struct DiscordMessage: Sendable, Equatable {
    public struct File: Sendable, Equatable {
        public var name: String
        public var type: String
        public var bytes: [UInt8]

        public init(name: String, type: String, bytes: [UInt8]) {
            self.name = name
            self.type = type
            self.bytes = bytes
        }
    }

    /// Of a file; Discord's own limit of 8 MiB counts the whole request.
    public static let fileLimit = 8_000_000

    public var content: String
    public var file: File?
    /// Whether nothing of the result is left out, as long as the file is taken.
    public var isWhole = true
    /// How to fetch what the file holds, where Discord takes none.
    var wayOut = ""

    public init(_ content: String, file: File? = nil) {
        self.content = DiscordText.cut(content, to: DiscordText.limit)
        self.file = file
    }

    /// The same where no file may be sent, with the way to fetch it.
    var withoutFile: DiscordMessage { DiscordMessage(content + "\n" + wayOut) }

    /// Something is left out of it, or will be where Discord takes no file of that size.
    public var mayLeaveOut: Bool { !isWhole || file != nil }

    /// Whether a request that said this said all of it.
    func isWhole(in request: OutgoingRequest) -> Bool { isWhole && (file == nil || request.isMultipart) }

    /// - `nonce`: Discord makes no second message with the same one within some minutes; nil for an edit.
    func body(nonce: String? = nil) -> OutgoingRequest.Body {
        let json = json(nonce: nonce)
        guard let file else { return .bytes(json, type: "application/json") }
        return .multipart([
            OutgoingRequest.Part(name: "payload_json", type: "application/json", bytes: json),
            OutgoingRequest.Part(name: "files[0]", fileName: file.name, type: file.type, bytes: file.bytes),
        ])
    }

    /// `attachments` is there without a file too: an edit then takes away the one of before. Flag 4: no previews of
    /// addresses.
    private func json(nonce: String?) -> [UInt8] {
        var writer = JSONWriter(reserving: content.utf8.count + 200)
        writer.beginObject()
        writer.member("content", string: content)
        writer.member("flags", int: 4)
        writer.key("allowed_mentions")
        writer.beginObject()
        writer.key("parse")
        writer.beginArray()
        writer.endArray()
        writer.endObject()
        writer.key("attachments")
        writer.beginArray()
        if let file {
            writer.beginObject()
            writer.member("id", int: 0)
            writer.member("filename", string: file.name)
            writer.endObject()
        }
        writer.endArray()
        if let nonce {
            writer.member("nonce", string: nonce)
            writer.member("enforce_nonce", bool: true)
        }
        writer.endObject()
        return writer.bytes
    }
}
