/// The product's Redis commands over raw hiredis: one script call for each run that began or ended.
final class FloorMirror {
    private let link: RedisLink
    private let script: [UInt8]
    private let prefix: String

    init(_ address: String, prefix: String) throws {
        link = try RedisLink(address)
        self.prefix = prefix
        script = try link.load(script: Self.source)
    }

    /// Writes only what is newer than what is there; epoch before batch. As the product's.
    private static let source = """
        local old = redis.call('GET', KEYS[1])
        if old then
          local epoch = tonumber(string.match(old, '"epoch":(%d+),"batch":%d+}$'))
          local batch = tonumber(string.match(old, '"batch":(%d+)}$'))
          local newEpoch, newBatch = tonumber(ARGV[2]), tonumber(ARGV[3])
          if epoch and batch and (epoch > newEpoch or (epoch == newEpoch and batch > newBatch)) then return 0 end
        end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
        if ARGV[5] == '1' then redis.call('SET', KEYS[2], '1', 'EX', ARGV[4]) end
        return 1
        """

    func show(_ run: UnsafeRawBufferPointer, flow: [UInt8], tasks: Int, at time: [UInt8], batch: Int) {
        let id = String(decoding: run, as: UTF8.self)
        var text = FloorText()
        text.put("{\"run_id\":\"")
        text.put(run)
        text.put("\",\"flow_id\":\"")
        text.put(flow)
        text.put("\",\"status\":\"completed\",\"tasks\":{")
        for number in 0..<tasks {
            if number > 0 { text.put(",") }
            text.put("\"")
            text.put(task: number)
            text.put("\":{\"status\":\"succeeded\",\"attempt\":0}")
        }
        text.put("},\"degraded\":false,\"updated_at\":\"")
        text.put(time)
        text.put("\",\"epoch\":1,\"batch\":")
        text.put(Array("\(batch)}".utf8))
        let keys = ["EVALSHA", "2", "\(prefix)run:\(id):state", "\(prefix)run:\(id):cancel"].map { Array($0.utf8) }
        let numbers = ["1", "\(batch)", "3600", "0"].map { Array($0.utf8) }
        link.append([keys[0], script] + keys[1...] + [text.bytes] + numbers)
    }

    /// Takes the answers of the batch before, then sends this one.
    func send() throws {
        try link.settle()
        try link.send()
    }
}
