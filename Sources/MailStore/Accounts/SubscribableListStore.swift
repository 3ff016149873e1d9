import FoundationEssentials
package import MailingLists
package import Mail
package import Storage

/// Subscribable mailing lists: rows of `maillists` whose transport is mlmmj's, without a row of `alias` beside them.
/// `Contract.md` 9.3. What mlmmj knows of a list lies in its spool.
package struct SubscribableListStore {
    let vmail: Database
    let listColumns: String

    /// Nil when there is no such list.
    package func find(_ address: MailAddress) throws -> SubscribableListRow? {
        try vmail.first(
            SQL(
                trusted: """
                    SELECT address, name, accesspolicy, maxmsgsize, is_newsletter, settings, active FROM maillists
                     WHERE address = ? AND \(Self.isMlmmj)
                    """, [address.sqlValue]), SubscribableListRow.init)
    }

    /// Word for word the condition of the index `maillists_mlmmj`.
    static let isMlmmj = "substr(transport, 1, 6) = 'mlmmj:'"

    /// The addresses of all lists, ascending.
    package func addresses() throws -> [ListAddress] {
        try vmail.texts(
            SQL(trusted: "SELECT address FROM maillists WHERE \(Self.isMlmmj) ORDER BY address COLLATE BINARY", [])
        ).compactMap { MailAddress($0).flatMap(ListAddress.init) }
    }

    /// Whether a domain has any, or anybody.
    package func hasAny(in domain: DomainName? = nil) throws -> Bool {
        let condition = domain == nil ? "" : "AND domain = ?"
        return try vmail.exists(
            SQL(
                trusted: "SELECT EXISTS (SELECT 1 FROM maillists WHERE \(Self.isMlmmj) \(condition))",
                domain.map { [$0.sqlValue] } ?? []))
    }

    /// Makes the rows of a list.
    /// - Parameter id: a UUID, 36 characters.
    package func insert(_ list: ListAddress, _ row: SubscribableListRow, description: String?, id: String, now: Moment)
        throws
    {
        let address = list.address
        try vmail.change(
            """
            INSERT INTO maillists (address, domain, name, accesspolicy, transport, mlid, maxmsgsize, is_newsletter,
                                   description, settings, created, active)
            VALUES (\(address), \(address.domain), \(row.name), \(row.policy.rawValue), \(list.transport), \(id),
                    \(row.maxMessageSize), \(row.isNewsletter ? 1 : 0), \(description), \(row.settings), \(now),
                    \(row.status))
            """)
        // Postfix knows the address by it. It leads to itself; the transport takes it from there.
        try vmail.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_maillist, active)
            VALUES (\(address), \(address), \(address.domain), \(address.domain), 1, \(row.status))
            """)
    }

    /// Writes all members of the row.
    /// - Parameter description: nil leaves it.
    package func update(_ row: SubscribableListRow, description: String?, now: Moment) throws {
        try vmail.change(
            """
            UPDATE maillists
               SET name = \(row.name), accesspolicy = \(row.policy.rawValue), maxmsgsize = \(row.maxMessageSize),
                   is_newsletter = \(row.isNewsletter ? 1 : 0), description = COALESCE(\(description), description),
                   settings = \(row.settings), active = \(row.status), modified = \(now)
             WHERE address = \(row.address)
            """)
    }

    /// Replaces the owners.
    package func setOwners(of list: MailAddress, to owners: [MailAddress]) throws {
        try vmail.change("DELETE FROM maillist_owners WHERE address = \(list)")
        for owner in owners {
            try vmail.change(
                """
                INSERT INTO maillist_owners (address, owner, domain, dest_domain)
                VALUES (\(list), \(owner), \(list.domain), \(owner.domain))
                """)
        }
    }

    /// Replaces the moderators.
    package func setModerators(of list: MailAddress, to moderators: [MailAddress]) throws {
        try vmail.change("DELETE FROM moderators WHERE address = \(list)")
        for moderator in moderators {
            try vmail.change(
                """
                INSERT INTO moderators (address, moderator, domain, dest_domain)
                VALUES (\(list), \(moderator), \(list.domain), \(moderator.domain))
                """)
        }
    }

    /// Calls `body` with every column of the row.
    /// - Returns: false when there is no such list.
    package func withProfile(of address: MailAddress, _ body: (Row) throws -> Void) throws -> Bool {
        try vmail.first(
            SQL(
                trusted: "SELECT \(listColumns) FROM maillists WHERE address = ? AND \(Self.isMlmmj)",
                [address.sqlValue]), body) != nil
    }
}

/// A row of `maillists` for a subscribable list.
package struct SubscribableListRow: Sendable {
    package let address: MailAddress
    package var name: String
    package var policy: AccessPolicy
    /// Bytes; 0 for no limit.
    package var maxMessageSize: Int
    package var isNewsletter: Bool
    package var settings: AccountSettings
    package var status: AccountStatus

    /// A new list.
    package init(address: MailAddress) {
        self.address = address
        name = ""
        policy = .public
        maxMessageSize = 0
        isNewsletter = false
        settings = AccountSettings()
        status = .active
    }

    init(_ row: Row) throws {
        address = try row.get("address") { MailAddress($0) }
        name = row.text(1)
        policy = AccessPolicy(word: row.text(2)) ?? .public
        maxMessageSize = row.integer(3)
        isNewsletter = row.integer(4) != 0
        settings = AccountSettings(stored: row.text(5))
        status = try row.status("active")
    }
}

// MARK: What is to be done in the spool

/// A row of `list_requests`, or several that follow each other and are one request together.
package struct QueuedListRequest: Sendable {
    /// Ascending.
    package fileprivate(set) var ids: [Int]
    /// The text of the domain; empty for lists of all domains.
    package let domain: String
    /// Nil when the row cannot be read.
    package fileprivate(set) var request: ListRequest?

    package enum Pace: Int, Sendable {
        case quick = 0
        /// Subscribers are asked by mail.
        case slow = 1
    }
}

extension ListRequest {
    fileprivate var pace: QueuedListRequest.Pace {
        if case .subscribe(_, _, _, asksFirst: true) = self { .slow } else { .quick }
    }

    /// The one that it is about; nil for several.
    package var list: ListAddress? {
        switch self {
        case .create(let list, _, _), .remake(let list, _, _), .confirm(let list), .show(let list, _),
            .change(let list, _), .subscribe(let list, _, _, _),
            .unsubscribe(let list, _), .remove(let list, _):
            list
        case .ping, .inventory, .removeDomain, .replace: nil
        }
    }
}

extension SubscribableListStore {
    /// Queues what is to be done in the spool once this transaction is committed.
    /// - Parameter domain: of the lists; nil for those of all.
    package func queue(_ request: ListRequest, domain: DomainName?, now: Moment) throws {
        let text = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        try vmail.change(
            """
            INSERT INTO list_requests (domain, list, is_slow, request, created)
            VALUES (\(domain?.text ?? ""), \(request.list?.address.text ?? ""), \(request.pace.rawValue), \(text), \(now))
            """)
    }

    /// The oldest request after one; nil when there is none. New addresses that follow each other are given together,
    /// because each search goes through all lists.
    package func queued(_ pace: QueuedListRequest.Pace, after id: Int) throws -> QueuedListRequest? {
        var queued: QueuedListRequest?
        let rows = try vmail.all(
            """
            SELECT id, domain, request FROM list_requests
             WHERE id > \(id) AND is_slow = \(pace.rawValue)
             ORDER BY id
             LIMIT \(pace == .quick ? Self.together : 1)
            """
        ) { row in
            QueuedListRequest(
                ids: [row.integer(0)], domain: row.text(1),
                request: try? JSONDecoder().decode(ListRequest.self, from: Data(row.text(2).utf8)))
        }
        for row in rows {
            guard let first = queued else {
                queued = row
                continue
            }
            guard case .replace(let before, let domain) = first.request, row.domain == first.domain,
                case .replace(let after, domain) = row.request
            else { break }
            queued?.ids += row.ids
            queued?.request = .replace(before + after, inListsOf: domain)
        }
        return queued
    }

    /// How many rows are looked at for such a request.
    private static let together = 200

    package func removeQueued(_ ids: [Int]) throws {
        for id in ids { try vmail.change("DELETE FROM list_requests WHERE id = \(id)") }
    }

    /// Removes what is queued and takes long: a later list of that name has nothing to do with it.
    fileprivate func removeSlow(of list: MailAddress) throws {
        try vmail.change("DELETE FROM list_requests WHERE list = \(list) AND is_slow = 1")
    }

    fileprivate func removeSlow(in domain: DomainName) throws {
        try vmail.change("DELETE FROM list_requests WHERE domain = \(domain) AND is_slow = 1")
    }
}

extension Store {
    package var subscribableLists: SubscribableListStore {
        SubscribableListStore(vmail: vmail, listColumns: listColumns)
    }

    /// Queues that an account has another address in the lists of people who subscribe, or is gone.
    /// - Parameter domain: only the lists of this domain; nil for all.
    func queueReplacement(
        of address: MailAddress, by new: MailAddress?, inListsOf domain: DomainName? = nil, now: Moment
    ) throws {
        guard try subscribableLists.hasAny(in: domain) else { return }
        try unrecorded {
            try subscribableLists.queue(
                .replace([.init(address.text, by: new?.text)], inListsOf: domain?.text), domain: domain, now: now)
        }
    }

    /// Deletes a subscribable list and every row that names it, and queues the removal of its directory.
    /// - Parameter keepsFiles: whether the directory is put aside; false removes it.
    package func deleteSubscribableList(_ list: ListAddress, keepsFiles: Bool, now: Moment) throws {
        try deleteAlias(list.address, now: now)
        try unrecorded {
            try subscribableLists.removeSlow(of: list.address)
            try subscribableLists.queue(.remove(list, keepsFiles: keepsFiles), domain: list.domain, now: now)
        }
    }

    /// Queues that the lists of a domain are put aside.
    func queueRemoval(of domain: DomainName, now: Moment) throws {
        guard try subscribableLists.hasAny(in: domain) else { return }
        try unrecorded {
            try subscribableLists.removeSlow(in: domain)
            try subscribableLists.queue(.removeDomain(domain.text), domain: domain, now: now)
        }
    }
}
