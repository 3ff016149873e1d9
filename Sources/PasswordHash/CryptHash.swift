/// A text of crypt(3), such as `$6$salt$hash`, complete and within the limits.
struct CryptHash: PasswordVerifier {
    enum Algorithm: Hashable {
        case md5, bcrypt, sha256, sha512
    }

    /// In bytes. A longer password is refused (`Security.md` A19).
    static let longestForBcrypt = 72

    /// The highest costs that are checked: an admin who sets `password_hash` could otherwise make a check last for
    /// hours. bcrypt of cost 15 takes 2 to 3 s, a million rounds of SHA512-CRYPT 0.4 to 0.6 s.
    static let highestBcryptCost = 15
    static let mostRounds = 1_000_000

    let text: String
    let algorithm: Algorithm
    /// The number of rounds; for bcrypt the cost, its binary logarithm.
    let rounds: Int

    init?(_ text: String) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard let algorithm = Self.algorithm(of: text), let last = fields.last else { return nil }
        let rounds = Self.rounds(in: text)
        let shape: (hash: Int, fields: Int) =
            switch algorithm {
            case .md5: (22, 4)
            case .bcrypt: (53, 4)
            case .sha256: (43, rounds == nil ? 4 : 5)
            case .sha512: (86, rounds == nil ? 4 : 5)
            }
        guard fields.count == shape.fields, last.utf8.count == shape.hash, last.utf8.allSatisfy(Self.isDigit),
            !Self.isTooCostly(text)
        else { return nil }
        switch algorithm {
        case .md5: self.rounds = 1000
        case .bcrypt:
            guard let rounds, rounds >= 4 else { return nil }
            self.rounds = rounds
        case .sha256, .sha512:
            guard (rounds ?? 5000) >= 1000 else { return nil }
            self.rounds = rounds ?? 5000
        }
        self.text = text
        self.algorithm = algorithm
    }

    func verifies(_ password: Secret) -> Bool {
        guard algorithm != .bcrypt || password.count <= Self.longestForBcrypt,
            let computed = Crypt.hash(password, setting: text)
        else { return false }
        return areEqualInConstantTime(Array(computed.utf8), Array(text.utf8))
    }

    var cost: VerificationCost { VerificationCost(algorithm: .crypt(algorithm), parameter: rounds) }

    /// Whether crypt(3) could work on this text for longer than the limits allow, even if the text is not complete.
    /// An algorithm that is not in `Algorithm` counts as too costly; a text that names none does not.
    static func isTooCostly(_ text: String) -> Bool {
        switch algorithm(of: text) {
        case .md5: false
        case .bcrypt: (rounds(in: text) ?? 0) > highestBcryptCost
        case .sha256, .sha512: text.contains("$rounds=") && (rounds(in: text) ?? .max) > mostRounds
        case nil: text.hasPrefix("$") || text.hasPrefix("_")
        }
    }

    private static func algorithm(of text: String) -> Algorithm? {
        if text.hasPrefix("$1$") { return .md5 }
        if ["$2a$", "$2b$", "$2y$"].contains(where: text.hasPrefix) { return .bcrypt }
        if text.hasPrefix("$5$") { return .sha256 }
        if text.hasPrefix("$6$") { return .sha512 }
        return nil
    }

    /// bcrypt's two digits, or the number after `rounds=`; nil when there is none, or it begins with a sign or 0.
    private static func rounds(in text: String) -> Int? {
        let fields = text.split(separator: "$", maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count > 2 else { return nil }
        if fields[1].hasPrefix("2") { return fields[2].utf8.count == 2 ? Int(fields[2]) : nil }
        guard fields[2].hasPrefix("rounds=") else { return nil }
        let digits = fields[2].dropFirst("rounds=".count)
        return digits.utf8.first.map { (0x31...0x39).contains($0) } == true ? Int(digits) : nil
    }

    /// Whether it is a digit of crypt(3)'s base 64.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ".")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
