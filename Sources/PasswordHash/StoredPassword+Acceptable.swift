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
