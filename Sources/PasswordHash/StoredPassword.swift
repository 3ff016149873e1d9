/// The text of a password column, such as `{SSHA512}…` or `$6$…`. Neither description nor mirror shows it.
package struct StoredPassword: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let text: String

    /// Nil when no password can match: the text is empty, damaged, of an unknown scheme or too costly.
    private let verifier: (any PasswordVerifier)?

    /// Takes any text. One that is not a stored password of `Contract.md` 8.3 matches nothing.
    package init(_ text: String) {
        self.text = text
        if let labelled = LabelledHash(text) {
            verifier = labelled.scheme.flatMap { $0.verifier(labelled.content, labelled.encoding) }
        } else if text.hasPrefix("$") {
            verifier = StoredScheme.crypt.verifier(text[...], nil)
        } else if text.utf8.count == 2 * Digest.md5.length {
            verifier = StoredScheme.plainMD5.verifier(text[...], .hex)
        } else {
            verifier = nil
        }
    }

    /// Whether `password` matches. May take seconds; see `isSlow`.
    package func verifies(_ password: Secret) -> Bool {
        guard let verifier, password.isUsable else { return false }
        return verifier.verifies(password)
    }

    /// Whether `verifies` belongs on the `HashPool`. False when no password can match.
    package var isSlow: Bool { cost?.isSlow ?? false }

    /// False for a text that is empty, damaged, of an unknown scheme or too costly.
    package var canMatch: Bool { verifier != nil }

    /// Nil when no password can match.
    var cost: VerificationCost? { verifier?.cost }

    package var description: String { "StoredPassword" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package static func == (left: StoredPassword, right: StoredPassword) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension StoredPassword {
    /// The API's `password_hash` as it is to be stored; nil when it is to be refused with `INVALID_PASSWORD_SCHEME`.
    /// Source: `Contract.md` 8.4.
    package static func acceptable(_ text: String) -> StoredPassword? {
        guard isWithinLimits(text), let given = LabelledHash(text) else { return nil }
        let stored = given.name == "BCRYPT" ? "{CRYPT\(given.dottedSuffix)}\(given.content)" : text
        guard isWithinLimits(stored), LabelledHash(stored)?.scheme != nil else { return nil }
        return StoredPassword(stored)
    }

    /// Whether a text may stand in a password column, whoever wrote it: at most 1024 bytes without control characters, and
    /// not beyond the costs of `Contract.md` 8.3. Hashes beyond these are never checked here, and Dovecot would run out of
    /// time or memory with them. One that is damaged or of an unknown scheme may stand there: it lets nobody in here.
    package static func isWithinLimits(_ text: String) -> Bool {
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return false }
        guard let labelled = LabelledHash(text) else { return !StoredScheme.crypt.isTooCostly(text[...], nil) }
        return labelled.scheme?.isTooCostly(labelled.content, labelled.encoding) != true
    }
}
