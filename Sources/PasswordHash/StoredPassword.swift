/// The text of a password column, e.g. `{SSHA512}…` or `$6$…`. Its description never shows it.
package struct StoredPassword: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// As stored.
    package let text: String

    /// Nil when nothing can match: empty, damaged, of an unknown scheme, or too costly to check.
    private let verifier: (any PasswordVerifier)?

    /// Takes any text; one that is no password hash just never verifies.
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

    package func verifies(_ password: Secret) -> Bool {
        guard let verifier, password.isUsable else { return false }
        return verifier.verifies(password)
    }

    /// Whether `verifies` belongs on the `HashPool`. False for what never verifies.
    package var isSlow: Bool { cost?.isSlow ?? false }

    /// Nil when no check takes place.
    var cost: VerificationCost? { verifier?.cost }

    package var description: String { "StoredPassword" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package static func == (left: StoredPassword, right: StoredPassword) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension StoredPassword {
    /// What the API's `password_hash` gives, as it is to be stored: verbatim, but `{BCRYPT}`, which Dovecot does not
    /// know, becomes `{CRYPT}`. Nil means `INVALID_PASSWORD_SCHEME`: no `{SCHEME}` of `Contract.md` 8.3 and
    /// 8.4, nothing behind it, control characters, more than 1024 bytes, or a cost so high that one login with it would
    /// occupy the mail server for minutes.
    package static func acceptable(_ text: String) -> StoredPassword? {
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }),
            let given = LabelledHash(text)
        else { return nil }
        let stored = given.name == "BCRYPT" ? "{CRYPT\(given.dottedSuffix)}\(given.content)" : text
        guard let labelled = LabelledHash(stored), let scheme = labelled.scheme,
            !labelled.content.isEmpty, !scheme.isTooCostly(labelled.content, labelled.encoding)
        else { return nil }
        return StoredPassword(stored)
    }
}
