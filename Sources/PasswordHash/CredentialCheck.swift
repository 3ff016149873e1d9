/// Checks a login so that its time does not tell whether the account exists: `Security.md` A4.
package struct CredentialCheck: Sendable {
    /// Checked when there is no account, or its hash has another cost. Nobody knows its password.
    private let decoy: StoredPassword

    /// - Parameter scheme: the one whose cost every check has at least.
    package init(scheme: PasswordScheme, hasher: PasswordHasher) throws(PasswordHashError) {
        decoy = StoredPassword(try hasher.decoy(scheme))
    }

    /// Belongs on the `HashPool` when the scheme or the stored password `isSlow`.
    ///
    /// - Parameter stored: nil when there is no such account. Ask only afterwards whether the account is disabled.
    package func verify(_ password: Secret, against stored: StoredPassword?) -> Bool {
        let matches = stored?.verifies(password) ?? false
        if stored?.cost != decoy.cost { _ = decoy.verifies(password) }
        return matches
    }
}

extension PasswordHasher {
    /// A text that costs as much to check as a hash of the scheme, and whose password nobody knows.
    ///
    /// For bcrypt and SHA512-CRYPT salt and digest are random and nothing is hashed, so that the start of the program
    /// does not wait. A check still has to do all its work.
    func decoy(_ scheme: PasswordScheme) throws(PasswordHashError) -> String {
        switch scheme {
        case .bcrypt: "{CRYPT}" + (try cryptDecoy("$2b$", cost: bcryptCost, digits: 31))
        case .sha512Crypt: "{SHA512-CRYPT}" + (try cryptDecoy("$6$", "$", digits: 86))
        default: try hash(Secret(TextEncoding.hex.encode(try random.bytes(32))), scheme)
        }
    }

    /// - Parameters:
    ///   - separator: stands between salt and digest.
    ///   - digits: the length of the digest in crypt(3)'s base 64.
    private func cryptDecoy(
        _ prefix: String, _ separator: String = "", cost: Int = 0, digits: Int
    ) throws(PasswordHashError) -> String {
        let salt = try random.bytes(Crypt.saltLength)
        guard let setting = Crypt.setting(prefix, cost: cost, salt: salt) else { throw .algorithmUnavailable }
        // Hexadecimal digits are valid in crypt(3)'s base 64.
        return setting + separator + TextEncoding.hex.encode(try random.bytes(43)).prefix(digits)
    }
}
