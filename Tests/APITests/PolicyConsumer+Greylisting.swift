import Storage

extension PolicyConsumer {
    /// Why a mail is greylisted or not, before any triplet is looked at.
    struct GreylistingDecision: Equatable {
        let isOn: Bool
        /// `spf`, `whitelists` or `greylisting`; nil when no row says anything.
        var list: String?
        var account: String?
        var sender: String?
    }

    private static let minutes = 60, days = 86_400

    /// At RCPT; remembers triplets.
    ///
    /// - Parameter now: in seconds since 1970.
    func greylist(_ mail: PolicyMail, at now: Int) throws -> PolicyVerdict {
        guard mail.username == nil, !["127.0.0.1", "::1"].contains(mail.client) else { return .none }
        guard try greylistingDecision(mail).isOn else { return .none }
        let renewed = try iredapd.execute(
            """
            UPDATE greylisting_tracking SET record_expired = \(now + 30 * Self.days)
             WHERE client_address = \(mail.client) AND passed = 1 AND record_expired >= \(now)
            """)
        return renewed > 0 ? .none : try judgeTriplet(mail, at: now)
    }

    private func judgeTriplet(_ mail: PolicyMail, at now: Int) throws -> PolicyVerdict {
        let accepted = try iredapd.execute(
            """
            UPDATE greylisting_tracking SET passed = 1, record_expired = \(now + 30 * Self.days)
             WHERE sender = \(mail.sender) AND recipient = \(mail.recipient) AND client_address = \(mail.client)
               AND block_expired < \(now) AND record_expired >= \(now)
            """)
        guard accepted == 0 else { return .none }
        let (block, record) = (now + 15 * Self.minutes, now + Self.days)
        try iredapd.execute(
            """
            INSERT INTO greylisting_tracking AS old (sender, recipient, client_address, sender_domain, rcpt_domain,
                                                     init_time, block_expired, record_expired, blocked_count)
            VALUES (\(mail.sender), \(mail.recipient), \(mail.client), \(AddressForms.parts(mail.sender).domain),
                    \(AddressForms.parts(mail.recipient).domain), \(now), \(block), \(record), 1)
                ON CONFLICT (sender, recipient, client_address) DO UPDATE
               SET blocked_count = old.blocked_count + 1,
                   block_expired = CASE WHEN old.record_expired < \(now) THEN \(block) ELSE old.block_expired END,
                   init_time = CASE WHEN old.record_expired < \(now) THEN \(now) ELSE old.init_time END,
                   record_expired = CASE WHEN old.record_expired < \(now) THEN \(record) ELSE old.record_expired END
            """)
        return .greylisted
    }

    /// Whitelists first, whatever their scope; then the first setting that names the sender.
    func greylistingDecision(_ mail: PolicyMail) throws -> GreylistingDecision {
        let recipients = try candidates(AddressForms.bare(mail.recipient))
        let senders = AddressForms.iredapd(mail.sender) + [mail.client]
        let lists = [("spf", "greylisting_whitelist_domain_spf"), ("whitelists", "greylisting_whitelists")]
        for matches in [{ senders.contains($0) }, { Self.isNetwork($0, of: mail.client) }] as [(String) -> Bool] {
            for (name, table) in lists {
                let rows = try accountsAndSenders(
                    SQL("SELECT account, sender FROM \(table) WHERE account IN (?) ORDER BY id", list: recipients))
                if let row = rows.first(where: { matches($0.sender) }) {
                    return .init(isOn: false, list: name, account: row.account, sender: row.sender)
                }
            }
        }
        let settings = try greylistingSettings(recipients)
        guard let setting = settings.first(where: { senders.contains($0.sender) }) else { return .init(isOn: false) }
        return .init(isOn: setting.isOn, list: "greylisting", account: setting.account, sender: setting.sender)
    }

    /// The settings of some scopes, the strongest first.
    func greylistingSettings(_ accounts: [String]) throws -> [(account: String, sender: String, isOn: Bool)] {
        try iredapd.all(
            SQL(
                """
                SELECT account, sender, active
                  FROM greylisting
                 WHERE account IN (?)
                 ORDER BY priority DESC, sender_priority DESC
                """, list: accounts)
        ) { row in (row.text(0), row.text(1), row.integer(2) == 1) }
    }

    private func accountsAndSenders(_ sql: SQL) throws -> [(account: String, sender: String)] {
        try iredapd.all(sql) { row in (row.text(0), row.text(1)) }
    }

    /// IPv6 networks must have `::` or another colon before the slash.
    private static func isNetwork(_ text: String, of client: String) -> Bool {
        text.hasPrefix(AddressForms.firstPart(client)) && text.contains(client.contains(":") ? ":/" : "/")
            && AddressForms.network(text, contains: client)
    }
}
