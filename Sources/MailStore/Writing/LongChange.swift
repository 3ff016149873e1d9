package import Mail
import Storage

/// A change of a whole domain, made in turns of limited length, with other changes in between: `Storage.md` 8. The
/// request's own job begins it, with a row of `long_changes`, and makes the first turn.
package enum LongChange: String, Sendable {
    case deletion = "delete"
    /// The same change of all mailboxes of the domain.
    case update

    /// About how long one turn lasts, without its commit. Other changes wait for it.
    package static let turn = Duration.milliseconds(40)

    /// How many rows are changed before the time is looked at again.
    static let pageSize = 100
}

extension Store {
    /// The first of some domains that is being changed as a whole, and how; nil when none is.
    package func longChange(among names: [DomainName], now: Moment) throws -> (DomainName, LongChange)? {
        let changes = try longChangeMemory.row("", now: now) { try allLongChanges() } ?? [:]
        for name in names {
            if let change = changes[name.text] { return (name, change) }
        }
        return nil
    }

    /// The domains that are being changed as a whole, ascending.
    package func domainsUnderChange() throws -> [DomainName] {
        try allLongChanges().keys.sorted().compactMap { DomainName($0) }
    }

    private static var longChangeQuery: SQL { "SELECT domain, kind FROM long_changes" }

    /// Announces `longChange`.
    func announceLongChanges(now: Moment) {
        if !longChangeMemory.isKept("", now: now) { vmail.announce([Self.longChangeQuery]) }
    }

    /// Adds or removes a row of `long_changes`.
    private func changeLongChanges(_ sql: SQL) throws {
        try vmail.change(sql)
        vmail.forgetKept()
    }

    private func allLongChanges() throws -> [String: LongChange] {
        let rows = try vmail.all(Self.longChangeQuery) { row in
            (row.text(0), LongChange(rawValue: row.text(1)) ?? .deletion)
        }
        return Dictionary(rows) { $1 }
    }

    /// Makes the first turn of a domain's change, in the job of the request that began it. Does nothing while another
    /// domain is being changed, so that nobody waits for two turns.
    /// - Returns: as `continueChange`.
    package func makeFirstTurn(of name: DomainName) throws -> Bool {
        try vmail.number("SELECT COUNT(*) FROM long_changes") > 1 ? false : continueChange(of: name)
    }

    /// Makes a turn of a domain's change.
    ///
    /// - Parameter limit: how long; at least one page is changed.
    /// - Returns: true when the change is done, and when there is none.
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
                try changeLongChanges("DELETE FROM long_changes WHERE domain = \(name)")
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

/// A row of `long_changes`: what is still to be done.
struct LongChangeRow {
    let kind: LongChange
    let admin: String
    /// The time, as stored.
    let begun: String
    /// The last mailbox that was changed; empty before the first.
    let position: String
    /// As in `beginUpdate`; empty for nil.
    let reach: String
    /// As in `beginDeletion`.
    let deleteDate: String?
    /// Whether the domain waited for its proof. Rows of other domains then stay: for them its addresses are outside.
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
    /// Begins to make the same change to every mailbox of a domain (`Contract.md` 7.6); to be continued with
    /// `continueChange`. Mailboxes of admins are changed here, so that the caller can end their sessions in the same
    /// transaction.
    ///
    /// - Parameters:
    ///   - changes: password, language, transport and status count; anything else is ignored.
    ///   - reach: a normal admin; mailboxes that they may not change (`Contract.md` 3.1) are passed over. Nil for a
    ///     global admin.
    /// - Returns: false, with nothing begun, when there is nothing to change.
    package func beginUpdate(
        of name: DomainName, _ changes: MailboxStore.Changes, by admin: MailAddress, reach: MailAddress?, now: Moment
    ) throws -> Bool {
        let isAnythingAsked =
            changes.password != nil || changes.language != nil || changes.transport != nil || changes.status != nil
        guard isAnythingAsked, try mailboxes.hasAny(in: name, within: reach?.text ?? "") else { return false }
        try changeLongChanges(
            """
            INSERT INTO long_changes (domain, kind, admin, begun, reach, password, language, transport, active)
            VALUES (\(name), \(LongChange.update.rawValue), \(admin), \(now), \(reach?.text ?? ""), \(changes.password),
                    \(changes.language), \(changes.transport), \(changes.status))
            """)
        try mailboxes.updateAdmins(in: name, changes, within: reach?.text ?? "", now: now)
        return true
    }

    /// Changes a page of the mailboxes that follow an address.
    /// - Returns: the last one of the page; nil when no mailbox follows.
    private func updatePart(of name: DomainName, after position: String, _ change: LongChangeRow) throws -> String? {
        let addresses = try vmail.texts(
            """
            SELECT username FROM mailbox
             WHERE domain = \(name) AND username COLLATE BINARY > \(position)
             ORDER BY username COLLATE BINARY
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
    /// Deletes a domain: `Contract.md` 5.5. Does what is listed there under "At once", except for the sessions; the
    /// rest is for `continueChange`.
    ///
    /// - Parameters:
    ///   - admin: who deletes it, for `deleted_mailboxes`.
    ///   - deleteDate: `YYYY-MM-DD` from which the message files may be purged; nil keeps them for ever.
    ///   - expiry: until when a proof of the name by `admin` counts at least.
    package func beginDeletion(
        of name: DomainName, by admin: MailAddress, deleteDate: String?, provenUntil expiry: Moment, now: Moment
    ) throws {
        let isClaim = try domains.isWaiting(name)
        // Otherwise an admin with a proof could make the domain again, active, although a global admin switched it off.
        if !isClaim, try domains.find(name)?.status == .disabled { try ownership.deleteProofs(name, besides: "") }
        try changeLongChanges(
            """
            INSERT INTO long_changes (domain, kind, admin, begun, delete_date, is_claim)
            VALUES (\(name), \(LongChange.deletion.rawValue), \(admin), \(now), \(deleteDate), \(isClaim ? 1 : 0))
            """)
        try ownership.extendProofs(name, by: admin, provenUntil: expiry)
        try queueRemoval(of: name, now: now)
        // Those with a mailbox in another domain, for whom this was the last one, are no longer admins.
        let affected = try admins.normalAdmins(of: name)
        // The mailboxes of the domain go later, but their rights end now.
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

    /// Deletes a page of the rows that name a domain or an account in it.
    /// - Returns: false when nothing is left.
    fileprivate func removePart(of name: DomainName, _ change: LongChangeRow) throws -> Bool {
        if !change.isClaim, try policies.removePart(of: name, atMost: LongChange.pageSize) { return true }
        // Per-user aliases of anybody, also of users of other domains, under the domain or one of its alias domains.
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

    /// Tables of `vmail.db` of which a row belongs to the domain in its column `domain`, and their keys.
    private static let tablesOfDomain = [
        ("alias", "address"), ("recipient_bcc_user", "username"), ("sender_bcc_user", "username"),
        ("forwardings", "id"),
        ("moderators", "id"), ("maillists", "id"), ("maillist_owners", "id"),
    ]

    private func removeMailboxes(of name: DomainName, _ change: LongChangeRow) throws -> Bool {
        let page = try vmail.all(
            """
            SELECT username, active FROM mailbox WHERE domain = \(name) ORDER BY username COLLATE BINARY LIMIT \(LongChange.pageSize)
            """
        ) { row in (address: row.text(0), isActive: row.integer(1) != 0) }
        guard let first = page.first?.address, let last = page.last?.address else { return false }
        try ownership.removeAll(from: first, to: last, in: name)
        try mailboxes.keepDirectories(of: name, from: first, to: last, usage: usage, change)
        let range = [name.sqlValue, first.sqlValue, last.sqlValue]
        let condition = "domain = ? AND username COLLATE BINARY BETWEEN ? AND ?"
        try usage.change(SQL(trusted: "DELETE FROM used_quota WHERE \(condition)", range))
        try vmail.change(SQL(trusted: "DELETE FROM mailbox WHERE \(condition)", range))
        // Rows that lead here from other domains were off while the mailbox was disabled. Now it is an outside address.
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

    /// Deletes at most a page of the rows of a table that fulfil a condition.
    /// - Returns: whether there were any.
    private func removePart(
        _ table: String, _ keys: String, _ condition: String, _ value: String, in database: Database? = nil
    ) throws -> Bool {
        let database = database ?? vmail
        let these = "SELECT \(keys) FROM \(table) WHERE \(condition) LIMIT \(LongChange.pageSize)"
        // Without a row to delete the file is not locked.
        guard try database.exists(SQL(trusted: "SELECT EXISTS (\(these))", [value.sqlValue])) else { return false }
        return try database.changedRows(
            SQL(trusted: "DELETE FROM \(table) WHERE (\(keys)) IN (\(these))", [value.sqlValue])) > 0
    }
}
