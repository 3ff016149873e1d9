extension Settings {
    package static let userAliasesCrossDomains = Setting<Bool>(
        "USER_ALIAS_CROSS_ALL_DOMAINS",
        "Whether per-user aliases may lie in any hosted domain instead of the user's own and its alias "
            + "domains.",
        default: false
    )

    /// Each text is one character.
    package static let recipientDelimiters = Setting<[String]>(
        "RECIPIENT_DELIMITERS",
        "Characters that begin the extension of a local part, as Postfix's recipient_delimiter has them.",
        .list(
            "a list of single punctuation characters",
            of: .text("one punctuation character that a local part may have") { text in
                text.utf8.count == 1 && text.utf8.allSatisfy("!#$%&'*+-./=?^_`{|}~".utf8.contains)
            }),
        default: ["+"]
    )

    package static let disabledUserServices = Setting<[String]>(
        "ADDITIONAL_DISABLED_USER_SERVICES",
        "Services switched off for every new user, e.g. 'pop3'; 'mail' is the delivery of mail.",
        .list("a list of service names", of: .text("a service name") { isName($0, of: "-") }),
        default: []
    )

    package static let enabledUserServices = Setting<[String]>(
        "ADDITIONAL_ENABLED_USER_SERVICES",
        "Services switched on for every new user.",
        .list("a list of service names", of: .text("a service name") { isName($0, of: "-") }),
        default: []
    )

    static let accounts = [
        AnySetting(userAliasesCrossDomains), AnySetting(recipientDelimiters), AnySetting(disabledUserServices),
        AnySetting(enabledUserServices),
    ]
}
