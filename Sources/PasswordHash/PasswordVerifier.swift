/// A parsed stored password.
protocol PasswordVerifier: Sendable {
    /// - Parameter password: one that `isUsable`.
    func verifies(_ password: Secret) -> Bool

    /// Checks of equal cost take the same time.
    var cost: VerificationCost { get }
}

struct VerificationCost: Hashable {
    enum Algorithm: Hashable {
        case plain, digest, cramMD5, crypt(CryptHash.Algorithm), argon2, pbkdf2
    }

    let algorithm: Algorithm
    /// The digest's length, bcrypt's cost, the number of rounds: whatever the method's time depends on.
    let parameter: Int

    /// Whether a check takes more than 100 µs.
    var isSlow: Bool {
        switch algorithm {
        case .plain, .digest, .cramMD5: false
        case .crypt, .argon2, .pbkdf2: true
        }
    }
}

/// `areEqualInConstantTime` of two arrays.
func areEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in areEqualInConstantTime(left, right) }
    }
}

/// A password stored as it is.
struct PlainPassword: PasswordVerifier {
    let password: Secret

    init?(_ content: Substring, _ encoding: TextEncoding?) {
        guard let encoding else {
            password = Secret(content.utf8)
            return
        }
        guard let bytes = encoding.decode(content) else { return nil }
        password = Secret(bytes)
    }

    /// Compares digests, so that the time does not tell the password's length.
    func verifies(_ password: Secret) -> Bool {
        guard let left = Digest.sha256.hash(password) else { return false }
        guard let right = Digest.sha256.hash(self.password) else { return false }
        return areEqualInConstantTime(left, right)
    }

    var cost: VerificationCost { VerificationCost(algorithm: .plain, parameter: 0) }
}
