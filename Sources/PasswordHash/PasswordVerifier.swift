/// What a stored password was read as.
protocol PasswordVerifier: Sendable {
    /// The password is `isUsable`.
    func verifies(_ password: Secret) -> Bool

    /// Two of the same cost take the same time.
    var cost: VerificationCost { get }
}

struct VerificationCost: Hashable {
    enum Method: Hashable {
        case plain, digest, cramMD5, crypt(CryptHash.Method), argon2, pbkdf2
    }

    let method: Method
    /// The digest's length, bcrypt's cost, the number of rounds: whatever the method's time depends on.
    let parameter: Int

    /// Above 100 µs.
    var isSlow: Bool {
        switch method {
        case .plain, .digest, .cramMD5: false
        case .crypt, .argon2, .pbkdf2: true
        }
    }
}

/// `areEqual` of two arrays.
func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { right in areEqual(left, right) } }
}
