import Signatures
import TestSupport
import Testing

/// RFC 8032's own vectors, and what must be refused although the equation holds.
@Suite struct Ed25519Tests {
    struct Vector: Sendable, CustomStringConvertible {
        let description: String
        let seed: String
        let key: String
        let message: String
        let signature: String
    }

    /// Section 7.1: TEST 1, 2, 3 and SHA(abc).
    static let vectors = [
        Vector(
            description: "an empty message",
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Vector(
            description: "one byte",
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        Vector(
            description: "two bytes",
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        Vector(
            description: "a hash",
            seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            signature: "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
                + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
    ]

    @Test(arguments: vectors)
    func `the vectors of the RFC hold`(_ vector: Vector) {
        let (message, key, signature) = (
            Hex.bytes(vector.message), Hex.bytes(vector.key), Hex.bytes(vector.signature)
        )
        #expect(Ed25519.isSigned(message, by: key, as: signature))
        let pen = SigningKey(seed: Hex.bytes(vector.seed))
        #expect(pen.publicKey == key && pen.sign(message) == signature)
    }

    @Test(arguments: vectors)
    func `no bit may be another one`(_ vector: Vector) {
        let (message, key, signature) = (
            Hex.bytes(vector.message), Hex.bytes(vector.key), Hex.bytes(vector.signature)
        )
        let signatures = Self.changed(signature).count { Ed25519.isSigned(message, by: key, as: $0) }
        let keys = Self.changed(key).count { Ed25519.isSigned(message, by: $0, as: signature) }
        let messages = Self.changed(message).count { Ed25519.isSigned($0, by: key, as: signature) }
        let isLonger = Ed25519.isSigned(message + [0], by: key, as: signature)
        #expect(signatures == 0 && keys == 0 && messages == 0 && !isLonger)
    }

    /// The equation holds for S + L too: whoever has a signature could make a second one.
    @Test(arguments: vectors)
    func `a signature made over by others is refused`(_ vector: Vector) {
        let order = Hex.bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        let signature = Hex.bytes(vector.signature)
        var (number, carry) = ([UInt8](), 0)
        for (byte, added) in zip(signature[32...], order) {
            let sum = Int(byte) + Int(added) + carry
            number.append(UInt8(sum & 255))
            carry = sum >> 8
        }
        let madeOver = Array(signature[..<32]) + number
        #expect(carry == 0)
        #expect(!Ed25519.isSigned(Hex.bytes(vector.message), by: Hex.bytes(vector.key), as: madeOver))
    }

    /// With such a key R = A and S = 0, or R = the neutral point, "sign" every message, or every second or eighth.
    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ])
    func `a key of small order signs nothing`(_ text: String) {
        let key = Hex.bytes(text)
        let neutral = [1] + [UInt8](repeating: 0, count: 31)
        let zero = [UInt8](repeating: 0, count: 32)
        var taken = 0
        for number in 0..<64 {
            let message = Array("message \(number)".utf8)
            for point in [key, neutral, zero] where Ed25519.isSigned(message, by: key, as: point + zero) { taken += 1 }
        }
        #expect(taken == 0)
    }

    @Test func `what has not the right length is no key and no signature`() {
        let vector = Self.vectors[1]
        let (message, key, signature) = (
            Hex.bytes(vector.message), Hex.bytes(vector.key), Hex.bytes(vector.signature)
        )
        for other in [[], Array(key.dropLast()), key + [0]] {
            #expect(!Ed25519.isSigned(message, by: other, as: signature))
        }
        for other in [[], Array(signature.dropLast()), signature + [0]] {
            #expect(!Ed25519.isSigned(message, by: key, as: other))
        }
    }

    /// The same bytes with one bit turned, for each bit.
    private static func changed(_ bytes: [UInt8]) -> [[UInt8]] {
        (0..<bytes.count * 8).map { bit in
            var bytes = bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            return bytes
        }
    }
}
