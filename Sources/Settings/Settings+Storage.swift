extension Settings {
    /// Lower case only: Dovecot's `user_query` puts the whole path into lower case (`Contract.md` Appendix A).
    package static let storageBaseDirectory = Setting<String>(
        "storage_base_directory",
        "Directory of the mailboxes of new users; its last component is the storage node.",
        .text(
            "an absolute path of two components or more, of lower-case letters, digits, . _ and -, without / at its end"
        ) { path in
            isPath(path, of: "._-") && path.split(separator: "/").count >= 2 && path == path.lowercased()
        },
        default: "/var/vmail/vmail1"
    )

    package static let maildirHashed = Setting<Bool>(
        "MAILDIR_HASHED",
        "Whether a new maildir lies below three directories named by the first characters of the local part.",
        default: true
    )

    package static let maildirPrependsDomain = Setting<Bool>(
        "MAILDIR_PREPEND_DOMAIN",
        "Whether the path of a new maildir begins with its domain.",
        default: true
    )

    package static let maildirAppendsTimestamp = Setting<Bool>(
        "MAILDIR_APPEND_TIMESTAMP",
        "Whether the name of a new maildir ends with the time of its creation.",
        default: true
    )

    package static let maildirDomainHashed = Setting<Bool>(
        "MAILDIR_DOMAIN_HASHED",
        "Whether the domain's directory lies below two directories named by its first characters.",
        default: false
    )

    package static let mailboxFormat = Setting<String>(
        "MAILBOX_FORMAT",
        "Dovecot's mailbox format for new users.",
        .choice(["maildir", "mdbox", "sdbox"]),
        default: "maildir"
    )

    package static let mailboxFolder = Setting<String>(
        "MAILBOX_FOLDER",
        "Directory below a new user's home that holds the mail.",
        .text("1 to 20 letters and digits") { isName($0, of: "") && $0.utf8.count <= 20 },
        default: "Maildir"
    )

    /// Unit: days. Never empty.
    package static let daysToKeepRemovedMailbox = Setting<[Int]>(
        "DAYS_TO_KEEP_REMOVED_MAILBOX",
        "Days for which the mail of a deleted account may be kept; the largest is the most a domain admin may ask for.",
        .list("a list of days, at least one", of: .number(0...36500), canBeEmpty: false),
        default: [1, 7, 14, 21, 30, 60, 90, 180, 365]
    )

    package static let usedQuotaTable = Setting<String>(
        "SQL_TBL_USED_QUOTA",
        "Table in which Dovecot keeps the space in use; Postern's schema has only this one.",
        .choice(["used_quota"]),
        default: "used_quota"
    )

    static let storage = [
        AnySetting(storageBaseDirectory), AnySetting(maildirHashed), AnySetting(maildirPrependsDomain),
        AnySetting(maildirAppendsTimestamp), AnySetting(maildirDomainHashed), AnySetting(mailboxFormat),
        AnySetting(mailboxFolder), AnySetting(daysToKeepRemovedMailbox), AnySetting(usedQuotaTable),
    ]
}
