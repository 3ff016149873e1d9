extension Settings {
    /// - Throws: for values that are allowed each by itself, but not together.
    func checkTogether(file: String) throws(SettingsError) {
        let shortest = self[Self.minPasswordLength]
        let longest = self[Self.maxPasswordLength]
        if longest > 0, longest < shortest {
            throw refused(
                file, Self.maxPasswordLength.name, Self.minPasswordLength.name,
                "a longest password of \(longest) and a shortest of \(shortest) leave none; "
                    + "raise max_passwd_length, or write 0 for no limit")
        }
        let schemes = [Self.defaultPasswordScheme, Self.adminPasswordScheme]
        if shortest > 72, let scheme = schemes.first(where: { self[$0] == "BCRYPT" }) {
            throw refused(
                file, Self.minPasswordLength.name, scheme.name,
                "a shortest password of \(shortest) is more than the 72 bytes of BCRYPT (\(scheme.name)); "
                    + "lower it, or choose another scheme")
        }
        if self[Self.passwordNeedsSpecialCharacter], self[Self.passwordSpecialCharacters].isEmpty {
            throw refused(
                file, Self.passwordSpecialCharacters.name, Self.passwordNeedsSpecialCharacter.name,
                "no password can have a special character when there is none; name some, or write "
                    + "PASSWORD_HAS_SPECIAL_CHAR = False")
        }
        if self[Self.database].isEmpty, !self[Self.databaseToRead].isEmpty {
            throw refused(
                file, Self.databaseToRead.name, Self.database.name,
                "a standby belongs to a server; set DATABASE, too")
        }
        let enabled = self[Self.enabledUserServices]
        if let both = self[Self.disabledUserServices].first(where: enabled.contains) {
            throw refused(
                file, Self.disabledUserServices.name, Self.enabledUserServices.name,
                "\(quoted(both)) is also in ADDITIONAL_ENABLED_USER_SERVICES; remove it from one of the two")
        }
    }

    /// Warnings about values that are allowed but probably a mistake, one line each.
    func cautions() -> [String] {
        var cautions: [String] = []
        if self[Self.restrictsClients], self[Self.clients].isEmpty {
            cautions.append(
                "\(origin(of: Self.restrictsClients.name)): RESTRICT_API_ACCESS is True and RESTFUL_API_CLIENTS "
                    + "is empty, so everybody is refused")
        }
        let scheme = self[Self.adminPasswordScheme]
        if ["PLAIN", "PLAIN-MD5", "SHA512", "CRAM-MD5"].contains(scheme) {
            cautions.append(
                "\(origin(of: Self.adminPasswordScheme.name)): ADMIN_PASSWORD_SCHEME \(scheme) keeps admin passwords "
                    + "readable or without salt; BCRYPT is safer")
        }
        return cautions
    }

    /// An error at the first of the two keys that the file sets.
    private func refused(_ file: String, _ key: String, _ other: String, _ reason: String) -> SettingsError {
        for name in [key, other] {
            if case .file(let file, let line) = origin(of: name) {
                return SettingsError(file, line: line, key: name, reason)
            }
        }
        return SettingsError(file, key: key, reason)
    }
}
