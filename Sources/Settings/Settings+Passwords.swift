extension Settings {
    private static let schemes = [
        "SSHA512", "SSHA", "SHA512", "BCRYPT", "SHA512-CRYPT", "MD5", "PLAIN-MD5", "PLAIN", "CRAM-MD5",
    ]

    package static let defaultPasswordScheme = Setting<String>(
        "DEFAULT_PASSWORD_SCHEME",
        "How the passwords of mail users are stored.",
        .choice(schemes),
        default: "SSHA512"
    )

    package static let adminPasswordScheme = Setting<String>(
        "ADMIN_PASSWORD_SCHEME",
        "How the passwords of separate admin accounts are stored; no mail service reads them.",
        .choice(schemes),
        default: "BCRYPT"
    )

    package static let bcryptCost = Setting<Int>(
        "BCRYPT_COST",
        "Cost of a BCRYPT hash; each step doubles the time of a login.",
        .number(10...15),
        default: 10
    )

    package static let minPasswordLength = Setting<Int>(
        "min_passwd_length",
        "Characters a new password must have at least; a domain may have its own number.",
        .number(0...256),
        default: 8
    )

    /// Zero: no limit but those of `Contract.md` 8.1.
    package static let maxPasswordLength = Setting<Int>(
        "max_passwd_length",
        "Characters a new password may have at most, 0 for no limit; a domain may have its own number.",
        .number(0...256),
        default: 0
    )

    package static let passwordNeedsLetter = Setting<Bool>(
        "PASSWORD_HAS_LETTER", "Whether a new password must have a letter.", default: true)

    package static let passwordNeedsUppercase = Setting<Bool>(
        "PASSWORD_HAS_UPPERCASE", "Whether a new password must have an upper-case letter.", default: true)

    package static let passwordNeedsDigit = Setting<Bool>(
        "PASSWORD_HAS_NUMBER", "Whether a new password must have a digit.", default: true)

    package static let passwordNeedsSpecialCharacter = Setting<Bool>(
        "PASSWORD_HAS_SPECIAL_CHAR",
        "Whether a new password must have one of PASSWORD_SPECIAL_CHARACTERS.",
        default: true
    )

    package static let passwordSpecialCharacters = Setting<String>(
        "PASSWORD_SPECIAL_CHARACTERS",
        "The characters that count as special in a password.",
        .text("printable ASCII characters without spaces") { $0.utf8.allSatisfy { (33...126).contains($0) } },
        default: #"#$%&'"*+-,.:;!<=>?@[]/\(){}^_`~"#
    )

    static let passwords = [
        AnySetting(defaultPasswordScheme), AnySetting(adminPasswordScheme), AnySetting(bcryptCost),
        AnySetting(minPasswordLength), AnySetting(maxPasswordLength), AnySetting(passwordNeedsLetter),
        AnySetting(passwordNeedsUppercase), AnySetting(passwordNeedsDigit), AnySetting(passwordNeedsSpecialCharacter),
        AnySetting(passwordSpecialCharacters),
    ]
}
