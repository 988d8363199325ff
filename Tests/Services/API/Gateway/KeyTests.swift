import Platform
import Testing
import Workflow

@testable import API

/// Keys: what opens, for whom, until when.
@Suite struct KeyTests {
    private let secret = KeySecret(random: Array(0..<40))

    private func key(_ change: (inout AccessKey) -> Void = { _ in }) -> AccessKey {
        var key = AccessKey(
            prefix: secret.prefix, secretHash: secret.hash, name: "test", tenantID: "a", scopes: ["runs:read", "x"])
        change(&key)
        return key
    }

    @Test func `a key is its prefix and its secret`() throws {
        let read = try #require(KeySecret(secret.text))
        #expect(read == secret && read.opens(key()))
        let wrong = try #require(KeySecret(secret.prefix + "." + secret.secret.dropLast() + "0"))
        #expect(!wrong.opens(key()))
        for text in ["", ".", "a.", ".b", "abc"] { #expect(KeySecret(text) == nil) }
    }

    @Test func `a key opens until it is over, and an unknown one is worth a look`() {
        let now = SystemTime().wall
        let ring = KeyRing()
        #expect(ring.judge(secret) == .unknown && ring.isWorthALook)
        ring.load([key()])
        let caller = Caller(name: secret.prefix, tenantID: "a", scopes: [.runsRead])
        #expect(ring.judge(secret) == .good(caller) && !ring.isWorthALook)
        ring.load([key { $0.expiresAt = now - 1 }])
        #expect(ring.judge(secret) == .wrong)
        ring.load([key { $0.revokedAt = now + 60_000_000 }])
        #expect(ring.judge(secret) == .good(caller))
        ring.load([key { $0.revokedAt = now - 1 }])
        #expect(ring.judge(secret) == .wrong)
    }

    @Test func `many who come with keys nobody knows make one look`() throws {
        let ring = KeyRing()
        var looks = 0
        for _ in 0..<50 {
            try ring.refresh { () throws(AccessFailure) in
                looks += 1
                return [key()]
            }
        }
        #expect(looks == 1 && ring.judge(secret) != .unknown)
    }

    @Test func `a use is noted once a minute`() {
        let ring = KeyRing()
        ring.load([key()])
        _ = ring.judge(secret)
        #expect(ring.takeUses().map(\.prefix) == [secret.prefix])
        _ = ring.judge(secret)
        #expect(ring.takeUses().isEmpty)
    }

    @Test func `admin may everything, others what they have, and payloads only with their own scope`() {
        let reader = Caller(key())
        #expect(reader.may(.runsRead) && !reader.may(.runsWrite) && !reader.seesPayloads)
        #expect(Scope.allCases.allSatisfy { Caller.anyone.may($0) })
        #expect(reader.sees(tenant: "a") && !reader.sees(tenant: "b") && !reader.sees(tenant: nil))
    }
}
