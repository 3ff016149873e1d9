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
