/// A mail service a mailbox may use: the column `enable<name>` of `mailbox`.
///
/// The list is closed: a service's name becomes part of a statement only through it.
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

    /// Dovecot's own: only named by itself is it switched, never by a list of all services.
    package var isInternal: Bool {
        switch self {
        case .internal, .doveadm, .libStorage, .indexerWorker, .dsync, .quotaStatus: true
        default: false
        }
    }

    /// SOGo reads three of its switches as letters.
    package func stored(_ isOn: Bool) -> String {
        switch self {
        case .sogowebmail, .sogocalendar, .sogoactivesync: isOn ? "'y'" : "'n'"
        default: isOn ? "1" : "0"
        }
    }

    /// What a name in a list of services means: a plain protocol name stands for its whole family, because Dovecot
    /// asks exactly one of the three columns per login, depending on the connection. Empty for an unknown name.
    ///
    /// `mail` is LDAP's name of the whole mail service, and stands first in the published list of services; without a
    /// column of its own it means that mail is delivered. Whoever copies that list must not cut users off from mail.
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
