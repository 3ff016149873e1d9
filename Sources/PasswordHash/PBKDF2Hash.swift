import CCrypto

/// Dovecot's PBKDF2: `$1$salt$rounds$hex`, with HMAC-SHA1 and 20 bytes. The salt's characters are its bytes.
struct PBKDF2Hash: PasswordVerifier {
    /// A million rounds take about half a second.
    static let mostRounds = 1_000_000

    let salt: [UInt8]
    let rounds: Int
    let expected: [UInt8]

    init?(_ text: String) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "1", !fields[2].isEmpty,
            let rounds = Self.rounds(in: text), (1...Self.mostRounds).contains(rounds),
            let expected = TextEncoding.hex.decode(fields[4]), expected.count == Digest.sha1.length
        else { return nil }
        salt = Array(fields[2].utf8)
        self.rounds = rounds
        self.expected = expected
    }

    func verifies(_ password: Secret) -> Bool {
        var key = [UInt8](repeating: 0, count: expected.count)
        let done = password.withBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                PKCS5_PBKDF2_HMAC(
                    bytes.baseAddress, Int32(bytes.count), salt, Int32(salt.count), Int32(rounds), EVP_sha1(),
                    Int32(key.count), &key)
            }
        }
        return done == 1 && areEqualInConstantTime(key, expected)
    }

    var cost: VerificationCost { VerificationCost(algorithm: .pbkdf2, parameter: rounds) }

    static func isTooCostly(_ text: String) -> Bool {
        (rounds(in: text) ?? 0) > mostRounds
    }

    /// Nil when there is no number. One that does not fit in 32 bits counts as `Int32.max`.
    private static func rounds(in text: String) -> Int? {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count > 3, !fields[3].isEmpty, fields[3].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(Int32(fields[3]) ?? .max)
    }
}
