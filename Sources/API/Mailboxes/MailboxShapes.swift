import MailStore

extension Shape {
    /// The columns of the table `mailbox`, without the secret ones.
    package static let mailboxColumns: [Member] =
        [
            Member("username", .address("The user's address, which is the login name too.")),
            Member("name", .text("The user's name, as it is displayed.")),
            Member("language", .text("Language of the web mail, such as en_US; empty for the default.")),
            Member("first_name", .text("First name.")),
            Member("last_name", .text("Last name.")),
            Member("mobile", .text("Mobile telephone number.")),
            Member("telephone", .text("Telephone number.")),
            Member("recovery_email", .text("Another address of the user, to recover a lost password; empty for none.")),
            Member("birthday", Shape(.text(format: "date"), "Birthday; 0001-01-01 when it is not known.")),
            Member("mailboxformat", .text("Dovecot's name of the mailbox format, such as maildir.")),
            Member("mailboxfolder", .text("Directory of the messages below the home directory.")),
            Member("storagebasedirectory", .text("First part of the home directory: the base of the mail storage.")),
            Member("storagenode", .text("Second part of the home directory: the node below the base.")),
            Member("maildir", .text("Third part of the home directory: the path below the node.")),
            Member("quota", .count("Quota, megabytes; 0 for no limit.")),
            Member("domain", .domain("Domain of the address.")),
            Member("transport", .text("Postfix transport that takes the user's mail; empty for the domain's.")),
            Member("department", .text("Department of the user.")),
            Member("rank", .text("Rank, for iRedMail's tools.")),
            Member("employeeid", .text("Number or id of the employee.")),
            Member("isadmin", .bit("Whether the user manages domains.")),
            Member("isglobaladmin", .bit("Whether the user manages everything.")),
        ]
        + servicesOfTable.map { Member($0.column, $0.shape) }
        + [
            Member(
                "allow_nets",
                .text("Addresses and networks, separated by commas, from which the user can log in; null for all.")
                    .orNull),
            Member("disclaimer", .text("Text for programs that add it to outgoing mail.")),
            .settings([("timezone", "The user's time zone.")] + adminSettings),
            .passwordLastChange,
        ]
        + .closing(
            expired: "Until when the user can act as an admin, UTC; mail does not depend on it.",
            active: "Whether the user has mail and can log in.")

    package static let mailboxProfile: Shape = .object(
        (mailboxColumns + [
            Member("sender_bcc", .text("Address that gets a copy of what the user sends; empty for none.")),
            Member("recipient_bcc", .text("Address that gets a copy of what the user receives; empty for none.")),
            Member("relayhost", .text("Next hop of the mail the user sends; empty for the domain's.")),
        ]).hideable + [
            Member("stored_bytes", .number("What the mailbox holds, bytes.")),
            Member("stored_messages", .number("How many messages the mailbox holds.")),
            Member(
                "forwardings",
                .addresses("Where the user's mail goes, ascending; the own address among them for the mailbox.")),
            Member("aliases", .addresses("Per-user aliases, ascending.")),
            Member(
                "services",
                .list(.word(MailService.allCases.map(\.rawValue).sorted(), ""), "Services the user may use, ascending.")
            ),
            Member("managed_domains", .domains("Domains the user manages as an admin, ascending.")),
            Member("member_of_aliases", .addresses("Aliases that have the user as a member, ascending.")),
            Member("member_of_maillists", .addresses("Mailing lists that have the user as a member, ascending.")),
        ],
        "A mail user with what belongs to the mailbox; without the fields that API_HIDDEN_USER_PROFILES names.",
        name: "MailboxProfile")

    package static let mailboxListing: Shape = .either(
        [
            .list(mailboxProfile, "Profiles of mail users, by address."),
            .addresses("Addresses of mail users, ascending."),
        ],
        "The users' profiles, or with email_only=yes their addresses.")

    /// In the order of the table's columns.
    private static let servicesOfTable: [MailService] = [
        .smtp, .smtpsecured, .smtptls, .pop3, .pop3secured, .pop3tls, .imap, .imapsecured, .imaptls, .deliver, .lda,
        .managesieve, .managesievesecured, .managesievetls, .sieve, .sievesecured, .sievetls, .internal, .doveadm,
        .libStorage, .quotaStatus, .indexerWorker, .lmtp, .dsync, .sogo, .sogowebmail, .sogocalendar, .sogoactivesync,
    ]
}

extension MailService {
    /// What the service's column holds.
    fileprivate var shape: Shape {
        let isLetter = stored(true) == "'y'"
        return isLetter ? .word(["y", "n"], meaning) : .count(meaning)
    }

    private var meaning: String {
        switch self {
        case .deliver: "Whether Postfix accepts mail for the user."
        case .lda: "Whether Dovecot's delivery agent delivers mail to the mailbox."
        case .lmtp: "Whether Dovecot delivers mail to the mailbox over LMTP."
        case .sogo: "Whether the user may use SOGo."
        case .sogowebmail: "Whether the user may use SOGo's web mail: y or n."
        case .sogocalendar: "Whether the user may use SOGo's calendar: y or n."
        case .sogoactivesync: "Whether the user may use SOGo's ActiveSync: y or n."
        case _ where isInternal: "Whether Dovecot's own service \(rawValue) may use the mailbox."
        default: "Whether the user may \(deed)\(connection)."
        }
    }

    private var deed: String {
        switch rawValue {
        case _ where rawValue.hasPrefix("smtp"): "send mail through SMTP"
        case _ where rawValue.hasPrefix("pop3"): "fetch mail through POP3"
        case _ where rawValue.hasPrefix("imap"): "read mail through IMAP"
        case _ where rawValue.hasPrefix("sieve"): "manage mail filters, under the name Dovecot asks for"
        default: "manage mail filters through ManageSieve"
        }
    }

    /// The kind of connection that the column is for: Dovecot asks for one of three.
    private var connection: String {
        if rawValue.hasSuffix("secured") { return ", over a connection within the server" }
        return rawValue.hasSuffix("tls") ? ", over TLS" : ", over a connection without TLS"
    }
}
