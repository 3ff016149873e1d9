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
