import Storage

/// `Contract.md` Appendix B, 9: what the conditions of Appendix A find is what the API reports, no more and no less.
extension TestAPI {
    /// Answers by key.
    private typealias Answers = [String: Set<String>]

    func destinationViolations(_ reported: ReportedAccounts) throws -> [String] {
        let aliasDomains = try pairs("SELECT alias_domain, target_domain FROM alias_domain WHERE active = 1")
        let expectations =
            [
                ("virtual_alias_maps", Self.rows, reported.expansions),
                ("virtual_alias_maps of alias domains", Self.aliasDomainRows, reported.expansions(below: aliasDomains)),
                ("virtual_mailbox_domains", Self.domainRows, reported.servedDomains(aliasDomains)),
                (
                    "relay_domains", "SELECT domain, domain FROM domain WHERE active = 1 AND backupmx = 1",
                    reported.backupDomains
                ),
                ("virtual_mailbox_maps", Self.mailboxRows, reported.directories),
                ("transport_maps", Self.transportRows, reported.transports),
                ("sender_bcc_maps", Self.copyRows("sender"), reported.copies("sender_bcc")),
                ("recipient_bcc_maps", Self.copyRows("recipient"), reported.copies("recipient_bcc")),
                ("sender_dependent_relayhost_maps", "SELECT account, relayhost FROM sender_relayhost", reported.relays),
            ]
            + ["smtp", "imap", "imaptls", "pop3secured", "sieve", "lmtp"].map { service in
                ("enable\(service)", Self.serviceRows(service), reported.users(of: service))
            }
        return try expectations.flatMap { map, query, expected in
            let found = try pairs(SQL(trusted: query))
            return Set(found.keys).union(expected.keys).sorted().compactMap { key in
                found[key] == expected[key]
                    ? nil : "9 \(map): \(key) is \(found[key] ?? []), reported \(expected[key] ?? [])"
            }
        }
    }

    private func pairs(_ query: SQL) throws -> Answers {
        var answers: Answers = [:]
        for row in try rows(query) {
            let parts = row.split(separator: "|", maxSplits: 1).map(String.init)
            answers[parts[0], default: []].insert(parts.count > 1 ? parts[1] : "")
        }
        return answers
    }

    private static let served = "(SELECT domain FROM domain WHERE active = 1 AND backupmx = 0)"

    private static let rows = "SELECT address, forwarding FROM forwardings WHERE active = 1 AND domain IN \(served)"

    private static let aliasDomainRows = """
        SELECT substr(forwardings.address, 1, instr(forwardings.address, '@')) || alias_domain, forwarding
          FROM forwardings, alias_domain
         WHERE forwardings.active = 1 AND alias_domain.active = 1 AND target_domain IN \(served)
           AND substr(forwardings.address, instr(forwardings.address, '@') + 1) = target_domain
           AND instr(forwardings.address, '@') > 0
        """

    private static let domainRows = """
        SELECT domain, domain FROM domain WHERE domain IN \(served)
        UNION ALL SELECT alias_domain, alias_domain FROM alias_domain WHERE active = 1 AND target_domain IN \(served)
        """

    private static let mailboxRows = """
        SELECT username, storagenode || '/' || maildir FROM mailbox
         WHERE active = 1 AND enabledeliver = 1 AND domain IN (SELECT domain FROM domain WHERE active = 1)
        """

    private static let transportRows = """
        SELECT username, transport FROM mailbox
         WHERE transport <> '' AND active = 1 AND enabledeliver = 1 AND domain IN \(served)
        UNION ALL
        SELECT address, transport FROM maillists
         WHERE active = 1 AND domain IN (SELECT domain FROM domain WHERE active = 1)
        UNION ALL
        SELECT domain, transport FROM domain WHERE active = 1
        """

    private static func copyRows(_ side: String) -> String {
        """
        SELECT username, bcc_address FROM \(side)_bcc_user
         WHERE active = 1 AND domain IN \(served) AND username LIKE '%@' || domain
        UNION ALL
        SELECT domain, bcc_address FROM \(side)_bcc_domain WHERE domain IN (SELECT domain FROM domain WHERE active = 1)
        """
    }

    private static func serviceRows(_ service: String) -> String {
        "SELECT username, username FROM mailbox WHERE active = 1 AND enable\(service) = 1 AND domain IN \(served)"
    }
}

/// What Postfix and Dovecot have to find, by what the API shows.
extension ReportedAccounts {
    private var servedNames: Set<String> { Set(domains.filter(\.isServed).map { $0.text("domain") }) }
    private var activeNames: Set<String> { Set(domains.filter(\.isActive).map { $0.text("domain") }) }
    private var disabledUsers: Set<String> { Set(mailboxes.filter { !$0.isActive }.map { $0.text("username") }) }

    private func active(_ accounts: [Profile], in domains: Set<String>) -> [Profile] {
        accounts.filter { $0.isActive && domains.contains($0.text("domain")) }
    }

    /// Of every address, and of each bare domain with a catch-all.
    var expansions: [String: Set<String>] {
        var answers: [String: Set<String>] = [:]
        for user in active(mailboxes, in: servedNames) {
            answers[user.text("username")] = Set(user.texts("forwardings"))
            for alias in user.texts("aliases") { answers[alias] = [user.text("username")] }
        }
        for list in active(aliases + lists, in: servedNames) {
            answers[list.text("address")] = Set(list.texts("members"))
        }
        for list in active(subscribableLists, in: servedNames) {
            // It leads to itself; the transport takes it from there.
            for address in [list.text("address")] + list.texts("extra_addresses") {
                answers[address] = [list.text("address")]
            }
        }
        for domain in domains where domain.isServed { answers[domain.text("domain")] = Set(domain.texts("catchall")) }
        let disabled = disabledUsers
        return answers.mapValues { $0.subtracting(disabled) }.filter { !$0.value.isEmpty }
    }

    /// - Parameter aliasDomains: the active ones and whom they stand for.
    func expansions(below aliasDomains: [String: Set<String>]) -> [String: Set<String>] {
        var answers: [String: Set<String>] = [:]
        let served = servedNames
        for (address, destinations) in expansions {
            let parts = address.split(separator: "@").map(String.init)
            guard parts.count == 2, served.contains(parts[1]) else { continue }
            for (name, targets) in aliasDomains where targets.contains(parts[1]) {
                answers["\(parts[0])@\(name)"] = destinations
            }
        }
        return answers
    }

    func servedDomains(_ aliasDomains: [String: Set<String>]) -> [String: Set<String>] {
        let shown = Set(domains.filter(\.isServed).flatMap { [$0.text("domain")] + $0.texts("alias_domains") })
        let waiting = Set(domains.flatMap { $0.texts("alias_domains") }).subtracting(aliasDomains.keys)
        return names(shown.subtracting(waiting))
    }

    var backupDomains: [String: Set<String>] {
        names(Set(domains.filter { $0.isActive && !$0.isServed }.map { $0.text("domain") }))
    }

    var directories: [String: Set<String>] {
        dictionary(
            active(mailboxes, in: activeNames).filter { $0.texts("services").contains("deliver") }.map {
                ($0.text("username"), "\($0.text("storagenode"))/\($0.text("maildir"))")
            })
    }

    var transports: [String: Set<String>] {
        let users = active(mailboxes, in: servedNames).filter { $0.texts("services").contains("deliver") }
        return dictionary(
            users.map { ($0.text("username"), $0.text("transport")) }
                + active(lists + subscribableLists, in: activeNames).map { ($0.text("address"), $0.text("transport")) }
                + domains.filter(\.isActive).map { ($0.text("domain"), $0.text("transport")) })
    }

    /// - Parameter side: `sender_bcc` or `recipient_bcc`.
    func copies(_ side: String) -> [String: Set<String>] {
        let served = servedNames
        return dictionary(
            mailboxes.filter { served.contains($0.text("domain")) }.map { ($0.text("username"), $0.text(side)) }
                + domains.filter(\.isActive).map { ($0.text("domain"), $0.text(side)) })
    }

    var relays: [String: Set<String>] {
        dictionary(
            mailboxes.map { ($0.text("username"), $0.text("relayhost")) }
                + domains.map { ("@\($0.text("domain"))", $0.text("outbound_relay")) })
    }

    func users(of service: String) -> [String: Set<String>] {
        names(
            Set(
                active(mailboxes, in: servedNames).filter { $0.texts("services").contains(service) }
                    .map { $0.text("username") }))
    }

    private func names(_ names: Set<String>) -> [String: Set<String>] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, [$0]) })
    }

    /// Empty values are no answer.
    private func dictionary(_ pairs: [(String, String)]) -> [String: Set<String>] {
        Dictionary(pairs.filter { !$0.1.isEmpty }.map { ($0.0, [$0.1]) }, uniquingKeysWith: { $0.union($1) })
    }
}
