/// Checks a login so that its time does not tell whether the account exists: `Security.md` A4.
///
/// Every check costs at least one of the default scheme. An account whose stored password is slow in another way, or
/// of another cost, takes that time in addition; nothing could hide it.
package struct CredentialCheck: Sendable {
    /// Of a password nobody knows.
    private let decoy: StoredPassword

    package init(scheme: PasswordScheme, hasher: PasswordHasher) throws(PasswordHashError) {
        decoy = StoredPassword(try hasher.decoy(scheme))
    }

    /// - Parameter stored: nil when there is no such account. Whether a found one is disabled is looked at afterwards.
    package func verify(_ password: Secret, against stored: StoredPassword?) -> Bool {
        let matches = stored?.verifies(password) ?? false
        if stored?.cost != decoy.cost { _ = decoy.verifies(password) }
        return matches
    }
}

extension PasswordHasher {
    /// A text that costs as much to check as a hash of the scheme, of a password nobody knows.
    ///
    /// A slow hash is not computed for it: its salt is genuine and the rest drawn at random, which a check finds out
    /// only after all its work. So a start does not wait for one.
    func decoy(_ scheme: PasswordScheme) throws(PasswordHashError) -> String {
        switch scheme {
        case .bcrypt: "{CRYPT}" + (try cryptDecoy("$2b$", cost: bcryptCost, digits: 31))
        case .sha512Crypt: "{SHA512-CRYPT}" + (try cryptDecoy("$6$", "$", digits: 86))
        default: try hash(Secret(TextEncoding.hex.encode(try random.bytes(32))), scheme)
        }
    }

    /// - Parameter separator: stands between a salt and the rest.
    private func cryptDecoy(
        _ prefix: String, _ separator: String = "", cost: Int = 0, digits: Int
    ) throws(PasswordHashError) -> String {
        let salt = try random.bytes(Crypt.saltLength)
        guard let setting = Crypt.setting(prefix, cost: cost, salt: salt) else { throw .algorithmUnavailable }
        // Hexadecimal digits are digits of crypt's base 64, too.
        return setting + separator + TextEncoding.hex.encode(try random.bytes(43)).prefix(digits)
    }
}
