import MailingLists
package import Mail
import Storage

extension StatePlan {
    /// What a password column has when there is none in the file: a hash of no password, for Dovecot and for the API.
    package static let noPassword = "{CRYPT}!"

    /// Makes the state of each part what the plan says: accounts that go are deleted first, a transaction for each part;
    /// then each part is one transaction. Cut short at any moment, it can be begun again and leads to the same.
    ///
    /// - Parameters:
    ///   - findings: of `check`.
    ///   - place: as of the plan. This process must be its only writer.
    ///   - replaces: as of `check`.
    ///   - progress: called with the number of rows changed so far.
    /// - Throws: `ExportFailure` when a row is not taken; `StoreError`. Parts before are done, this one is as it was.
    package func apply(
        _ findings: Findings, to place: StatePlace, replaces: Bool, now: Moment, progress: (_ rows: Int) -> Void
    ) throws {
        let store = try Store(place, .writer, isRecorded: false)
        var rows = 0
        // What is deleted takes along what names it in other parts: all deletions come first, and what is to be done then
        // is found out after them.
        var isRenewed = try removeLeftovers(findings.namesOfNobody, in: store)
        for (part, _) in findings.parts {
            try refusing(part) {
                let deletion = AccountDeletion(self, part, replaces: replaces, now: now)
                if try deletion.run(in: store) { isRenewed = true }
            }
        }
        var parts = findings.parts
        if isRenewed {
            try target.renew()
            parts = try header.parts.map { ($0, try counts(of: $0, replaces: replaces)) }.filter { !$0.counts.isEmpty }
        }
        for (part, counts) in parts {
            try refusing(part) {
                let change = PartChange(self, part, replaces: replaces, now: now)
                try change.run(in: store, counts) { progress(rows + $0) }
                rows += counts.all
                progress(rows)
            }
            try target.renew()
        }
    }

    private func refusing(_ part: StatePart, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as StoreError where error.isRefusal {
            throw ExportFailure("\(part): a row is not taken: \(error)")
        }
    }

    /// Takes away what is left under names that will be somebody's: they must not have the rights of one who is gone.
    /// - Returns: whether there was anything.
    private func removeLeftovers(_ names: [String], in store: Store) throws -> Bool {
        let addresses = names.compactMap { MailAddress($0) }
        guard !addresses.isEmpty else { return false }
        try store.changing {
            for address in addresses { try store.removeLeftovers(of: address, store.use(of: address)) }
        }
        return true
    }
}

/// The accounts of a part that the staged state does not have. They are deleted as the API does it, so that nothing is left
/// that names them.
private struct AccountDeletion {
    private let plan: StatePlan
    private let part: StatePart
    private let replaces: Bool
    private let now: Moment

    init(_ plan: StatePlan, _ part: StatePart, replaces: Bool, now: Moment) {
        self.plan = plan
        self.part = part
        self.replaces = replaces
        self.now = now
    }

    private static let tables: Set<String> = ["alias_domain", "admin", "mailbox", "alias", "maillists"]

    /// - Returns: whether there were any.
    func run(in store: Store) throws -> Bool {
        guard replaces, plan.isThere(part) else { return false }
        var removed: [(table: ExportedTable, row: [SQL.Value])] = []
        try plan.forEachDifference(of: part, in: plan.tables.filter { Self.tables.contains($0.name) }) {
            table, difference in
            guard case .removed(let row) = difference else { return }
            // Their names are enough, and there may be many.
            removed.append((table, table.columns.indices.map { table.isNeededToDelete($0) ? row[$0] : .null }))
        }
        guard !removed.isEmpty else { return false }
        try store.changing { for (table, row) in removed { try delete(row, of: table, in: store) } }
        return true
    }

    private func delete(_ row: [SQL.Value], of table: ExportedTable, in store: Store) throws {
        guard let system = AdminRow.machineOperator?.username else { return }
        switch table.name {
        case "alias_domain":
            guard let alias = DomainName(table.text("alias_domain", of: row)),
                let domain = DomainName(table.text("target_domain", of: row))
            else { return }
            try store.domains.removeAliasDomain(alias, of: domain)
        case "admin":
            guard let username = MailAddress(table.text("username", of: row)) else { return }
            try store.standaloneAdmins.delete(username)
            try store.sessions.endAll(of: username, besides: nil)
        case "mailbox":
            guard let address = MailAddress(table.text("username", of: row)) else { return }
            try store.deleteMailbox(address, by: system, deleteDate: nil, now: now)
            try store.sessions.endAll(of: address, besides: nil)
        default:
            guard let address = MailAddress(table.text("address", of: row)) else { return }
            if table.text("transport", of: row).hasPrefix("mlmmj:"), let list = ListAddress(address) {
                try store.deleteSubscribableList(list, keepsFiles: true, now: now)
            } else {
                try store.deleteAlias(address, now: now)
            }
        }
    }
}

extension ExportedTable {
    fileprivate func isNeededToDelete(_ position: Int) -> Bool {
        key.contains(position) || ["target_domain", "transport"].contains(columns[position].name)
    }
}

/// The rows of a part, in one transaction.
private final class PartChange {
    private let plan: StatePlan
    private let part: StatePart
    private let replaces: Bool
    private let now: Moment
    private var statements: [String: String] = [:]
    /// Whose rights over domains were added, and whose were taken away.
    private var promoted: Set<String> = []
    private var demoted: Set<String> = []
    private var done = 0

    init(_ plan: StatePlan, _ part: StatePart, replaces: Bool, now: Moment) {
        self.plan = plan
        self.part = part
        self.replaces = replaces
        self.now = now
    }

    func run(in store: Store, _ counts: StatePlan.Counts, progress: (_ rows: Int) -> Void) throws {
        try store.changing {
            // What names goes before what is named; what is created, after it.
            for table in plan.tables.reversed() where replaces || part != .server {
                try plan.forEachDifference(of: part, in: [table]) { table, difference in
                    guard case .removed(let row) = difference else { return }
                    try remove(row, of: table, in: store)
                    count(progress)
                }
            }
            for table in plan.tables {
                try plan.forEachDifference(of: part, in: [table]) { table, difference in
                    switch difference {
                    case .removed: return
                    case .created(let row): try create(row, in: table, store)
                    case .changed(let old, let row): try change(old, to: row, in: table, store)
                    }
                    count(progress)
                }
            }
            try finish(in: store, counts)
        }
    }

    private func count(_ progress: (_ rows: Int) -> Void) {
        done += 1
        if done.isMultiple(of: 1000) { progress(done) }
    }

    /// What follows from the rows.
    private func finish(in store: Store, _ counts: StatePlan.Counts) throws {
        for username in promoted {
            try store.vmail.change("UPDATE mailbox SET isadmin = 1 WHERE username = \(username) AND isadmin = 0")
        }
        for username in demoted { try store.admins.dropRightsWithoutDomain(username) }
        if case .domain(let text) = part, let domain = DomainName(text) {
            // An old claim would count again for a domain that is off.
            if !plan.isThere(part) { try store.ownership.deleteClaims(domain) }
            try store.forwardings.refreshAll(of: domain)
        }
        guard let system = AdminRow.machineOperator?.username else { return }
        var domain = ""
        if case .domain(let name) = part { domain = name }
        try store.log.add(
            LogEntry(
                domain.isEmpty || plan.isThere(part) ? .update : .create,
                "Import \(domain.isEmpty ? "what belongs to no domain" : "domain: \(domain)"). "
                    + "\(counts.created) rows created, \(counts.changed) changed, \(counts.removed) removed.",
                domain: domain), admin: system, ip: "", now: now)
    }

    // MARK: Rows

    private func create(_ row: [SQL.Value], in table: ExportedTable, _ store: Store) throws {
        let values = zip(table.columns, row).map { column, value in
            plan.isCompared(column) ? value : .text(StatePlan.noPassword)
        }
        try makeNamed(row, in: table, store)
        let text = statement("insert \(table.name)") {
            let columns = table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
            let places = table.columns.map(\.place).joined(separator: ", ")
            return "INSERT INTO \(table.name) (\(columns)) VALUES (\(places))"
        }
        if table.name == "mailbox" { try store.mailboxes.takeBackDirectory(table.path(of: row)) }
        if table.name == "alias_domain", let alias = DomainName(table.text("alias_domain", of: row)) {
            try store.ownership.deleteClaims(aliasDomain: alias)
        }
        try store.database(with: table).change(SQL(trusted: text, values))
        if table.owner.isRight { promoted.insert(table.text("username", of: row)) }
    }

    private func change(_ old: [SQL.Value], to row: [SQL.Value], in table: ExportedTable, _ store: Store) throws {
        let changed = table.columns.indices.filter {
            plan.isCompared(table.columns[$0]) && !old[$0].isSame(as: row[$0])
        }
        try makeNamed(row, in: table, store)
        let assignments = changed.map { "\"\(table.columns[$0].name)\" = \(table.columns[$0].place)" }
        try store.database(with: table).change(
            SQL(
                trusted: "UPDATE \(table.name) SET \(assignments.joined(separator: ", ")) WHERE \(table.isRow)",
                changed.map { row[$0] } + table.key.map { row[$0] }))
        // Whoever was let in by what was there before is let in no longer.
        let isLogin = changed.contains { table.columns[$0].isSecret || table.columns[$0].name == "active" }
        if isLogin, ["mailbox", "admin"].contains(table.name), let name = MailAddress(table.text("username", of: row)) {
            try store.sessions.endAll(of: name, besides: nil)
        }
    }

    private func remove(_ row: [SQL.Value], of table: ExportedTable, in store: Store) throws {
        let key = table.key.map { row[$0] }
        let database = store.database(with: table)
        if table.name == "throttle" {
            try database.change(
                SQL(
                    trusted:
                        "DELETE FROM throttle_tracking WHERE tid IN (SELECT id FROM throttle WHERE \(table.isRow))",
                    key))
        }
        try database.change(SQL(trusted: "DELETE FROM \(table.name) WHERE \(table.isRow)", key))
        for (column, value) in zip(table.columns, row) where column.named?.table == "mailaddr" {
            try database.change(
                SQL(
                    trusted: """
                        DELETE FROM mailaddr
                         WHERE email = ? AND NOT EXISTS (SELECT 1 FROM wblist WHERE sid = mailaddr.id)
                           AND NOT EXISTS (SELECT 1 FROM outbound_wblist WHERE rid = mailaddr.id)
                        """, [value]))
        }
        if table.owner.isRight { demoted.insert(table.text("username", of: row)) }
    }

    /// Makes the addresses that lists name, which are rows of their own.
    private func makeNamed(_ row: [SQL.Value], in table: ExportedTable, _ store: Store) throws {
        for (column, value) in zip(table.columns, row) where column.named?.table == "mailaddr" {
            guard case .text(let email) = value else { continue }
            let priority = ListedParty(email)?.amavisdPriority ?? 7
            try store.database(with: table).change(
                "INSERT INTO mailaddr (email, priority) VALUES (\(email), \(priority)) ON CONFLICT (email) DO NOTHING")
        }
    }

    private func statement(_ name: String, _ make: () -> String) -> String {
        if let known = statements[name] { return known }
        let text = make()
        statements[name] = text
        return text
    }
}

extension ExportedTable.Column {
    /// The place of its value in a statement: a name is bound, and its number is stored.
    fileprivate var place: String {
        named.map { "COALESCE((SELECT id FROM \($0.table) WHERE \($0.column) = ?), 0)" } ?? "?"
    }
}

extension ExportedTable {
    /// The condition that a row has a key.
    fileprivate var isRow: String {
        key.map { "\"\(columns[$0].name)\" = \(columns[$0].place)" }.joined(separator: " AND ")
    }
}

extension Store {
    fileprivate func database(with table: ExportedTable) -> Database {
        switch table.file {
        case .vmail: vmail
        case .amavisd: amavisd
        case .iredapd: iredapd
        case .usage: usage
        case .api: api
        }
    }
}
