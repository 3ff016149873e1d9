import Mail
import MailStore
import Storage

extension Shape {
    /// The columns of the table `domain`.
    package static let domainColumns: [Member] =
        [
            Member("domain", .domain("The domain's name.")),
            Member("description", .text("What the domain is called, for people.")),
            Member("disclaimer", .text("Text for programs that add it to outgoing mail.")),
            Member("aliases", .limit("How many aliases may exist: 0 for no limit, -1 for none.")),
            Member("mailboxes", .limit("How many mail users may exist: 0 for no limit, -1 for none.")),
            Member("maillists", .limit("How many mailing lists may exist: 0 for no limit, -1 for none.")),
            Member("maxquota", .count("Quota of all mailboxes together, megabytes; 0 for no limit.")),
            Member("quota", .count("Not used; kept for iRedMail's tools.")),
            Member("transport", .text("Postfix transport, with a next hop or without, that takes the domain's mail.")),
            .settings([
                ("default_user_quota", "Quota of a new mailbox, megabytes."),
                ("max_user_quota", "Greatest quota of one mailbox, megabytes."),
                ("min_passwd_length", "Least length of a user's password, characters."),
                ("max_passwd_length", "Greatest length of a user's password, characters."),
                ("default_language", "Language of new users, such as en_US."),
                ("timezone", "The domain's time zone."),
                ("enabled_services", "Services switched on for the domain, such as self-service."),
                ("disabled_mail_services", "Mail services switched off for new users."),
                ("disabled_domain_profiles", "Parts of the domain's profile that are closed to its admins."),
                ("disabled_user_profiles", "Parts of its users' profiles that are closed to its admins."),
                ("disabled_user_preferences", "Preferences that are closed to its users."),
                ("default_groups", "Groups of new users, for iRedMail's tools."),
                ("default_mailing_lists", "Mailing lists of new users, for iRedMail's tools."),
            ]),
            Member("backupmx", .bit("Whether mail is only passed on to another server.")),
        ]
        + .closing(
            expired: "Kept for iRedMail's tools, UTC; mail does not depend on it.",
            active: "Whether the domain has mail and its users can log in.")

    package static let domainProfile: Shape = .object(
        domainColumns + [
            Member("num_existing_users", .count("How many mail users there are.")),
            Member("num_existing_aliases", .count("How many aliases there are.")),
            Member("num_existing_maillists", .count("How many mailing lists there are.")),
            Member("quota_count", .count("Quotas of all mailboxes together, megabytes.")),
            Member("stored_bytes", .number("What all mailboxes hold, bytes.")),
            Member("stored_messages", .number("How many messages all mailboxes hold.")),
            Member("alias_domains", .domains("Domains whose addresses stand for the same ones here, ascending.")),
            Member("waiting_alias_domains", .domains("Those of them that are not active yet.")),
            Member("catchall", .addresses("Who gets what is sent to unknown addresses, ascending.")),
            Member("sender_bcc", .text("Address that gets a copy of what the users send; empty for none.")),
            Member("recipient_bcc", .text("Address that gets a copy of what the domain receives; empty for none.")),
            Member("outbound_relay", .text("Next hop of the mail the users send; empty for the usual one.")),
            Member("primarymx", .text("The server mail is passed on to; empty where backupmx is 0.")),
            Member("admins", .addresses("The domain's own admins, ascending; global admins are not among them.")),
            Member("ownership", .object(ownership, "Proof that the domain is its admin's."), isOptional: true),
            Member(
                "ownership_of_alias_domains",
                .list(
                    .object([Member("domain", .domain("The alias domain."))] + ownership),
                    "Proofs that alias domains are their admin's."),
                isOptional: true),
        ],
        "A mail domain with what belongs to it; the proofs of ownership only in its own profile, for global admins and"
            + " the admin who is to give them.",
        name: "DomainProfile")

    private static let ownership = [
        Member("status", .word(["verified", "waiting"], "Whether the proof was given.")),
        Member("code", .text("The code to be published.")),
        Member("publish", .text("What to publish in the DNS, while the proof is waited for."), isOptional: true),
        Member("expires", .time("Until when the proof is waited for, UTC."), isOptional: true),
        Member("message", .text("What was missing when the name servers were asked last."), isOptional: true),
    ]

    package static let domainNames: Shape = .domains("Names of mail domains, ascending.")

    package static let domainListing: Shape = .either(
        [.list(domainProfile, "Profiles of mail domains, by name."), domainNames],
        "The domains' profiles, or with name_only=yes their names.")
}

extension JSONWriter {
    /// Writes the profile of a domain: its row and what belongs to it. Source: `Contract.md` 5.2.
    ///
    /// - Parameter claims: claims and proofs of the domain and its alias domains; only those that the caller may see.
    /// - Returns: false, with nothing written, when there is no such domain.
    mutating func domainProfile(_ name: DomainName, _ store: Store, claims: [OwnershipClaim] = []) throws -> Bool {
        var isBackupMX = false
        var transport = ""
        let exists = try store.domains.withProfile(of: name) { row in
            open("{")
            members(of: row, hiding: .none)
            isBackupMX = try row.integer("backupmx") != 0
            transport = try row.text("transport")
        }
        guard exists else { return false }
        let usage = try store.domains.usage(of: name)
        member("num_existing_users", usage.mailboxes)
        member("num_existing_aliases", usage.aliases)
        member("num_existing_maillists", usage.lists)
        member("quota_count", usage.quota)
        let stored = try store.usedQuota.stored(in: name)
        member("stored_bytes", stored.bytes)
        member("stored_messages", stored.messages)
        let aliasDomains = try store.domains.aliasDomainsAndStatus(of: name)
        member("alias_domains", aliasDomains.map(\.name))
        member("waiting_alias_domains", aliasDomains.filter { $0.status == .disabled }.map(\.name))
        member("catchall", try store.forwardings.catchAll(of: name))
        member("sender_bcc", try store.routing.bcc(of: name, .sender) ?? "")
        member("recipient_bcc", try store.routing.bcc(of: name, .recipient) ?? "")
        member("outbound_relay", try store.routing.relayhost(of: name) ?? "")
        member("primarymx", isBackupMX ? transport.withoutRelayPrefix : "")
        member("admins", try store.admins.normalAdmins(of: name))
        ownership(claims)
        close("}")
        return true
    }

    /// Writes up to two members; none without claims and proofs.
    private mutating func ownership(_ claims: [OwnershipClaim]) {
        if let claim = claims.first(where: { $0.aliasDomain.isEmpty }) {
            self.name("ownership")
            open("{")
            members(of: claim)
            close("}")
        }
        let ofAliases = claims.filter { !$0.aliasDomain.isEmpty }
        guard !ofAliases.isEmpty else { return }
        self.name("ownership_of_alias_domains")
        open("[")
        for claim in ofAliases {
            open("{")
            member("domain", claim.aliasDomain)
            members(of: claim)
            close("}")
        }
        close("]")
    }

    private mutating func members(of claim: OwnershipClaim) {
        member("status", claim.isVerified ? "verified" : "waiting")
        member("code", claim.code)
        guard !claim.isVerified else { return }
        member("publish", "TXT record of \(claim.name) with the content \(claim.code)")
        member("expires", claim.expiry.timestamp)
        if !claim.message.isEmpty { member("message", claim.message) }
    }
}

extension String {
    fileprivate var withoutRelayPrefix: String { hasPrefix("relay:") ? String(dropFirst(6)) : self }
}
