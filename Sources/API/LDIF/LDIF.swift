import Gateway
import Mail
import MailStore
import Settings

/// Accounts as LDIF, for the LDAP edition of iRedMail.
///
/// Each operation makes `LDIFEntry` values, whose DNs come from `LDIFNames`, and `reply` sends them as one text.
/// Domains and catch-alls are in `LDIF+Domain.swift`, admins and users in `LDIF+People.swift`, aliases and lists in
/// `LDIF+Aliases.swift`. Entries, attributes and where they come from: `Contract.md` 10. Format: RFC 2849.
enum LDIF {
    static let routes = [
        Route(
            .get, "/api/ldif/domain/<domain>", "get_domain_ldif", .domainAdmin, "A mail domain as LDIF.", on: .domain,
            answers: .ldif, domain),
        Route(
            .get, "/api/ldif/catchall/<domain>", "get_catchall_ldif", .domainAdmin, "A domain's catch-all as LDIF.",
            on: .domain, answers: .ldif, refuses: [.noSuchAccount], catchAll),
        Route(
            .get, "/api/ldif/admin/<mail>", "get_admin_ldif", .globalAdmin, "A standalone admin as LDIF.", on: .admin,
            answers: .ldif, admin),
        Route(
            .get, "/api/ldif/user/<mail>", "get_user_ldif", .domainAdmin, "A mail user as LDIF.", on: .mailbox,
            answers: .ldif, user),
        Route(
            .get, "/api/ldif/maillist/<mail>", "get_mailing_list_ldif", .domainAdmin, "A mailing list as LDIF.",
            on: .mailingList, answers: .ldif, list),
        Route(
            .get, "/api/ldif/alias/<mail>", "get_alias_ldif", .domainAdmin, "An alias as LDIF.", on: .alias,
            answers: .ldif, alias),
    ]

    /// One text of all entries, sent entry by entry.
    static func reply(_ entries: [LDIFEntry]) -> Reply {
        Reply.text { piece in
            for entry in entries { try piece(entry.text) }
        }
    }

    static func names(_ call: Call) -> LDIFNames {
        let settings = call.configuration.settings
        return LDIFNames(base: settings[Settings.ldapBaseDN], domainAdmins: settings[Settings.ldapDomainAdminDN])
    }

    /// A stored hash as LDAP has it: text of crypt(3) without a scheme gets `{CRYPT}`.
    static func password(_ stored: String) -> String { stored.hasPrefix("$") ? "{CRYPT}\(stored)" : stored }

    /// `shadowLastChange`: whole days from 1970-01-01 to a stored time; nil in 1970, which means "never changed".
    static func days(_ timestamp: String) -> String? {
        guard let moment = Moment(timestamp: timestamp), moment.epoch >= 86_400 * 365 else { return nil }
        return String(moment.epoch / 86_400)
    }

    static func status(_ active: String?) -> String { active == "0" ? "disabled" : "active" }

    /// Adds `domainStatus` to the entry of an account whose domain is inactive.
    static func addDomainStatus(to entry: inout LDIFEntry, _ domain: DomainName, _ store: Store) throws {
        if try store.domains.find(domain)?.status == .disabled { entry.add("domainStatus", "disabled") }
    }

    /// The address under each active alias domain. One that waits for its proof is left out: a server that loads this
    /// text would take mail for it.
    static func shadows(of address: MailAddress, _ store: Store) throws -> [String] {
        try store.domains.activeAliasDomains(of: address.domain).map { "\(address.localPart)@\($0)" }
    }
}

extension Shape {
    /// Source: RFC 2849.
    package static let ldif: Shape = .text("Entries in LDIF, each followed by an empty line.")
}
