package import Mail
import SQLite

/// A change of a whole domain: made in turns of limited length, between which others change what they want.
///
/// What the change is about is decided, and the first turn made, in the job of the request. From its commit on the
/// change is a promise: `long_changes` holds what is still to be done, also beyond a crash.
package enum LongChange: String, Sendable {
    /// The domain is gone for everybody, mail programs included, as soon as this has begun.
    case deletion = "delete"
    case update

    /// About how long one turn lasts, besides its commit. Everybody else may have to wait for it.
    package static let turn = Duration.milliseconds(40)

    /// Rows of one page; after each the time is looked at.
    static let pageSize = 100
}

extension Store {
    /// Which of some domains is being changed as a whole, and how; nil for none.
    package func longChange(among names: [DomainName], now: Moment) throws -> (DomainName, LongChange)? {
        let changes = try longChangeMemory.row("", now: now) { try allLongChanges() } ?? [:]
        for name in names {
            if let change = changes[name.text] { return (name, change) }
        }
        return nil
    }

    /// The domains that are being changed as a whole.
    package func domainsUnderChange() throws -> [DomainName] {
        try allLongChanges().keys.sorted().compactMap { DomainName($0) }
    }

    private func allLongChanges() throws -> [String: LongChange] {
        let rows = try vmail.all("SELECT domain, kind FROM long_changes") { row in
            (row.text(0), LongChange(rawValue: row.text(1)) ?? .deletion)
        }
        return Dictionary(rows) { $1 }
    }

    /// Makes the first turn of a domain's change, in the job of the request that began it; none while other domains are
    /// being changed, whose turns it would only add to.
    /// - Returns: as of `continueChange`.
    package func makeFirstTurn(of name: DomainName) throws -> Bool {
        try vmail.number("SELECT COUNT(*) FROM long_changes") > 1 ? false : continueChange(of: name)
    }

    /// Makes a turn of a domain's change.
    ///
    /// - Returns: whether all of it is done. Also when there is none.
    package func continueChange(of name: DomainName, for limit: Duration = LongChange.turn) throws -> Bool {
        let change = try vmail.first(
            """
            SELECT kind, admin, begun, position, reach, delete_date, password, language, transport, active, is_claim
              FROM long_changes
             WHERE domain = \(name)
            """
        ) { row in try LongChangeRow(row) }
        guard let change else { return true }
        let end = ContinuousClock.now + limit
        var position = change.position
        while true {
            let isDone: Bool
            switch change.kind {
            case .deletion: isDone = try !removePart(of: name, change)
            case .update:
                let next = try updatePart(of: name, after: position, change)
                position = next ?? position
                isDone = next == nil
            }
            if isDone {
                try vmail.change("DELETE FROM long_changes WHERE domain = \(name)")
                return true
            }
            if ContinuousClock.now >= end { break }
        }
        if position != change.position {
            try vmail.change("UPDATE long_changes SET position = \(position) WHERE domain = \(name)")
        }
        return false
    }
}

/// What is still to be done.
struct LongChangeRow {
    let kind: LongChange
    let admin: String
    /// As stored.
    let begun: String
    let position: String
    let reach: String
    let deleteDate: String?
    /// A domain that waited for its proof: what others have said of its addresses is about outside ones, and stays.
    let isClaim: Bool
    let changes: MailboxStore.Changes

    init(_ row: Row) throws {
        kind = LongChange(rawValue: row.text(0)) ?? .deletion
        admin = row.text(1)
        begun = row.text(2)
        position = row.text(3)
        reach = row.text(4)
        deleteDate = row.isNull(5) ? nil : row.text(5)
        var changes = MailboxStore.Changes()
        changes.password = row.isNull(6) ? nil : row.text(6)
        changes.language = row.isNull(7) ? nil : row.text(7)
        changes.transport = row.isNull(8) ? nil : row.text(8)
        changes.status = row.isNull(9) ? nil : row.integer(9) == 0 ? .disabled : .active
        self.changes = changes
        isClaim = row.integer(10) != 0
    }
}

// MARK: All mailboxes

extension Store {
    /// Begins to change every mailbox of a domain alike; to be continued with `continueChange`. The admins among them come
    /// first, so that their sessions can be ended in the same transaction.
    ///
    /// - Parameters:
    ///   - changes: of password, language, transport and status; others are not looked at.
    ///   - reach: a normal admin, who must not change the mailboxes of global admins and of those who manage a domain that he
    ///     does not; nil for a global admin.
    /// - Returns: whether there is anything to change.
    package func beginUpdate(
        of name: DomainName, _ changes: MailboxStore.Changes, by admin: MailAddress, reach: MailAddress?, now: Moment
    ) throws -> Bool {
        let isAnythingAsked =
            changes.password != nil || changes.language != nil || changes.transport != nil || changes.status != nil
        guard isAnythingAsked, try mailboxes.hasAny(in: name, within: reach?.text ?? "") else { return false }
        try vmail.change(
            """
            INSERT INTO long_changes (domain, kind, admin, begun, reach, password, language, transport, active)
            VALUES (\(name), \(LongChange.update.rawValue), \(admin), \(now), \(reach?.text ?? ""), \(changes.password),
                    \(changes.language), \(changes.transport), \(changes.status))
            """)
        try mailboxes.updateAdmins(in: name, changes, within: reach?.text ?? "", now: now)
        return true
    }

    /// Changes the mailboxes that follow an address.
    /// - Returns: the last one of them; nil when there were none.
    private func updatePart(of name: DomainName, after position: String, _ change: LongChangeRow) throws -> String? {
        let addresses = try vmail.texts(
            """
            SELECT username FROM mailbox
             WHERE domain = \(name) AND username > \(position)
             ORDER BY username
             LIMIT \(LongChange.pageSize)
            """
        )
        guard let last = addresses.last else { return nil }
        let now = Moment(timestamp: change.begun) ?? Moment(epoch: 0)
        try mailboxes.update(in: name, after: position, to: last, change.changes, within: change.reach, now: now)
        if change.changes.status != nil {
            for address in addresses { try forwardings.refreshActivity(touching: address) }
        }
        return last
    }
}

// MARK: Deletion

extension Store {
    /// Removes a domain: from now on neither the API nor a mail program knows it or an account in it. The rows of its
    /// accounts, and what else speaks of them, go with `continueChange`. Message files stay; so do rows of other domains
    /// that point to an address of this one, and the rights over other domains of standalone admins whose address is in it.
    ///
    /// Of a domain that waits for its proof nothing goes that is not its own.
    ///
    /// - Parameters:
    ///   - admin: recorded in `deleted_mailboxes` as the one who removed the mailboxes.
    ///   - deleteDate: `YYYY-MM-DD` from which the message files may be purged; nil keeps them for ever.
    ///   - provenUntil: how long whoever has proved the name gets it back without a new proof.
    package func beginDeletion(
        of name: DomainName, by admin: MailAddress, deleteDate: String?, provenUntil expiry: Moment, now: Moment
    ) throws {
        let isClaim = try domains.isWaiting(name)
        // Making it again is no way to switch on what a global admin has switched off.
        if !isClaim, try domains.find(name)?.status == .disabled { try ownership.forget(name, besides: "") }
        try vmail.change(
            """
            INSERT INTO long_changes (domain, kind, admin, begun, delete_date, is_claim)
            VALUES (\(name), \(LongChange.deletion.rawValue), \(admin), \(now), \(deleteDate), \(isClaim ? 1 : 0))
            """)
        try ownership.leave(name, by: admin, provenUntil: expiry)
        // Admins who live elsewhere and lose their last domain are no admins any more.
        let affected = try admins.normalAdmins(of: name)
        // Nobody whose mailbox goes is an admin from now on.
        try vmail.change("UPDATE mailbox SET isadmin = 0 WHERE domain = \(name) AND isadmin = 1")
        try vmail.change("UPDATE mailbox SET isglobaladmin = 0 WHERE domain = \(name) AND isglobaladmin = 1")
        for table in ["domain", "domain_admins", "recipient_bcc_domain", "sender_bcc_domain"] {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE domain = ?", [name.sqlValue]))
        }
        try vmail.change(
            """
            DELETE FROM domain_admins
             WHERE substr(username, instr(username, '@') + 1) = \(name) AND username NOT IN (SELECT username FROM admin)
            """)
        try vmail.change("DELETE FROM forwardings WHERE address = \(name)")
        try vmail.change("DELETE FROM alias_domain WHERE alias_domain = \(name)")
        if !isClaim { try vmail.change("DELETE FROM sender_relayhost WHERE account = \("@" + name.text)") }
        for admin in affected { try admins.dropRightsWithoutDomain(admin) }
    }

    /// Removes some of what speaks of a domain or of an account in it.
    /// - Returns: false when nothing is left.
    fileprivate func removePart(of name: DomainName, _ change: LongChangeRow) throws -> Bool {
        if !change.isClaim, try policies.removePart(of: name, atMost: LongChange.pageSize) { return true }
        // Per-user aliases that other domains' users have below the domain or one of its alias domains; those of
        // its own users go as well.
        for domain in change.isClaim ? [] : [name.text] + (try domains.aliasDomains(of: name)) {
            if try removePart(
                "forwardings", "id", "is_alias = 1 AND substr(address, instr(address, '@') + 1) = ?", domain)
            {
                return true
            }
        }
        if try removeMailboxes(of: name, change) { return true }
        for (table, key) in Self.tablesOfDomain {
            if try removePart(table, key, "domain = ?", name.text) { return true }
        }
        if try removePart("alias_domain", "alias_domain", "target_domain = ?", name.text) { return true }
        if !change.isClaim,
            try removePart("sender_relayhost", "id", "substr(account, instr(account, '@') + 1) = ?", name.text)
        {
            return true
        }
        return try removeUsage(of: name, isClaim: change.isClaim)
    }

    /// Tables of `vmail.db` with a column `domain`, each with its key.
    private static let tablesOfDomain = [
        ("alias", "address"), ("recipient_bcc_user", "username"), ("sender_bcc_user", "username"),
        ("forwardings", "id"),
        ("moderators", "id"), ("maillists", "id"), ("maillist_owners", "id"),
    ]

    private func removeMailboxes(of name: DomainName, _ change: LongChangeRow) throws -> Bool {
        let page = try vmail.all(
            """
            SELECT username, active FROM mailbox WHERE domain = \(name) ORDER BY username LIMIT \(LongChange.pageSize)
            """
        ) { row in (address: row.text(0), isActive: row.integer(1) != 0) }
        guard let first = page.first?.address, let last = page.last?.address else { return false }
        try ownership.removeAll(from: first, to: last, in: name)
        try mailboxes.keepDirectories(of: name, from: first, to: last, usage: usage, change)
        let range = [name.sqlValue, first.sqlValue, last.sqlValue]
        try usage.change(SQL(trusted: "DELETE FROM used_quota WHERE domain = ? AND username BETWEEN ? AND ?", range))
        try vmail.change(SQL(trusted: "DELETE FROM mailbox WHERE domain = ? AND username BETWEEN ? AND ?", range))
        // What other domains forward to a mailbox that was disabled goes to an outside address from now on.
        for mailbox in page where !mailbox.isActive { try forwardings.refreshActivity(touching: mailbox.address) }
        return true
    }

    private func removeUsage(of name: DomainName, isClaim: Bool) throws -> Bool {
        let parts: [(table: String, keys: String, condition: String, areOthers: Bool)] = [
            ("used_quota", "username", "domain = ?", false),
            ("last_login", "username, domain", "domain = ?", false),
            ("share_folder", "from_user, to_user", "substr(from_user, instr(from_user, '@') + 1) = ?", false),
            ("share_folder", "from_user, to_user", "substr(to_user, instr(to_user, '@') + 1) = ?", true),
            ("anyone_shares", "from_user", "substr(from_user, instr(from_user, '@') + 1) = ?", false),
        ]
        for part in parts where !(isClaim && part.areOthers) {
            if try removePart(part.table, part.keys, part.condition, name.text, in: usage) { return true }
        }
        return false
    }

    /// - Returns: whether any row went.
    private func removePart(
        _ table: String, _ keys: String, _ condition: String, _ value: String, in database: Database? = nil
    ) throws -> Bool {
        let database = database ?? vmail
        let these = "SELECT \(keys) FROM \(table) WHERE \(condition) LIMIT \(LongChange.pageSize)"
        // A file that nobody needs to change is not locked.
        guard try database.exists(SQL(trusted: "SELECT EXISTS (\(these))", [value.sqlValue])) else { return false }
        return try database.change(
            SQL(trusted: "DELETE FROM \(table) WHERE (\(keys)) IN (\(these))", [value.sqlValue])) > 0
    }
}
