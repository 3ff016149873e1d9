/// A mail service that a mailbox may use: a column `enable…` of `mailbox`. Names of columns get into statements only
/// from this list.
package enum MailService: String, CaseIterable, Sendable {
    case smtp, smtpsecured, smtptls
    case pop3, pop3secured, pop3tls
    case imap, imapsecured, imaptls
    case deliver, lda, lmtp
    case managesieve, managesievesecured, managesievetls
    case sieve, sievesecured, sievetls
    case `internal`, doveadm, dsync
    case libStorage = "lib-storage"
    case quotaStatus = "quota-status"
    case indexerWorker = "indexer-worker"
    case sogo, sogowebmail, sogocalendar, sogoactivesync

    package var column: String { "enable" + rawValue }

    /// Whether it is one of Dovecot's own services, which a PUT with `services` leaves as they are (`Contract.md` 7.3).
    package var isInternal: Bool {
        switch self {
        case .internal, .doveadm, .libStorage, .indexerWorker, .dsync, .quotaStatus: true
        default: false
        }
    }

    /// The column's value for on or off. SOGo reads letters in three of its columns.
    package func value(_ isOn: Bool) -> String { hasLetters ? isOn ? "y" : "n" : isOn ? "1" : "0" }

    /// The same as an SQL literal.
    package func stored(_ isOn: Bool) -> String { hasLetters ? "'\(value(isOn))'" : value(isOn) }

    private var hasLetters: Bool { [.sogowebmail, .sogocalendar, .sogoactivesync].contains(self) }

    /// The services that a name in a list of services stands for: `Contract.md` 7.3. Empty for an unknown name.
    package static func family(_ name: String) -> [MailService] {
        switch name {
        case "smtp": [.smtp, .smtpsecured, .smtptls]
        case "pop3": [.pop3, .pop3secured, .pop3tls]
        case "imap": [.imap, .imapsecured, .imaptls]
        case "managesieve":
            [.managesieve, .managesievesecured, .managesievetls, .sieve, .sievesecured, .sievetls]
        case "managesievesecured": [.managesievesecured, .sievesecured]
        case "managesievetls": [.managesievetls, .sievetls]
        case "deliver", "mail": [.deliver, .lda, .lmtp]
        default: MailService(rawValue: name).map { [$0] } ?? []
        }
    }
}
