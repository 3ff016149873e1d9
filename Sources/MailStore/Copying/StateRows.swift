import Mail
import Storage

/// The rows of a state, or of a staged one, by part and table, as an export has them.
package final class StateRows {
    let databases: [StoreFile: Database]
    /// By the name of every domain and alias domain: the domain.
    private let hosted: [String: String]
    /// As `StateSnapshot.isOfOneMoment`.
    package private(set) var isOfOneMoment = true
    /// What ends the snapshots of a server.
    private var snapshot: StateTransfer?

    /// - Parameter databases: all that is read is of one moment.
    /// - Throws: `StoreError`.
    init(_ databases: [StoreFile: Database]) throws {
        self.databases = databases
        hosted = try Dictionary(
            Self.database(.vmail, in: databases).all(
                """
                SELECT domain, domain FROM domain
                UNION ALL
                SELECT alias_domain, target_domain FROM alias_domain
                """
            ) { row in (row.text(0), row.text(1)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Those of a place as they are at one moment, while the value exists. A server may run meanwhile.
    package convenience init(at place: StatePlace) throws {
        switch place {
        case .files(let directory):
            let files = try StateSnapshot(directory: directory)
            try self.init(files.databases)
            isOfOneMoment = files.isOfOneMoment
        case .server:
            let transfer = try StateTransfer(from: place)
            try self.init(transfer.source)
            snapshot = transfer
        }
    }

    package convenience init(_ staged: StagedState) throws {
        try self.init(
            Dictionary(uniqueKeysWithValues: StagedState.files.map { ($0, try staged.database($0)) }))
    }

    func database(_ file: StoreFile) throws -> Database { try Self.database(file, in: databases) }

    private static func database(_ file: StoreFile, in databases: [StoreFile: Database]) throws -> Database {
        guard let database = databases[file] else { throw StoreError(.other, "\(file)", "is not open") }
        return database
    }

    /// The domains, by their bytes.
    package var domains: [String] {
        hosted.lazy.filter { $0.key == $0.value }.map(\.key).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The alias domains of a domain.
    func aliasDomains(of domain: String) throws -> [String] {
        try database(.vmail).texts("SELECT alias_domain FROM alias_domain WHERE target_domain = \(domain)")
    }

    /// The domain that has a name, its own or that of an alias domain; nil for none.
    func primary(of name: String) -> String? { hosted[name] }

    /// The rows of a table in a part, in the order of the key. At a server inside a snapshot.
    ///
    /// - Parameter names: other names under which the domain may be known: those of its alias domains.
    func stream(_ table: ExportedTable, of part: StatePart, names: [String]) throws -> RowStream {
        let database = try database(table.file)
        var all: [String]?
        if case .domain(let domain) = part { all = [domain] + names }
        guard let query = try table.query(in: database, of: all) else { return RowStream() }
        let isServer = part == .server
        return RowStream(
            try database.cursor(query), table, isWanted: { row in !isServer || self.isServers(row, of: table) })
    }

    /// A row as an export of some domains has it. Of a mailbox that has rights over other domains only, `isadmin` follows from
    /// these, and a file without them has 0.
    func row(_ row: [SQL.Value], of table: ExportedTable, within domains: Set<String>) throws -> [SQL.Value] {
        guard table.name == "mailbox", table.integer("isadmin", of: row) != 0,
            let position = table.position(of: "isadmin")
        else { return row }
        let rights = try database(.vmail).texts(
            "SELECT domain FROM domain_admins WHERE username = \(table.text("username", of: row))")
        guard !rights.isEmpty, rights.allSatisfy({ $0 != "ALL" && !domains.contains($0) }) else { return row }
        var row = row
        row[position] = .integer(0)
        return row
    }

    /// Whose name stands in a column: `example.com` for `user@example.com`, `@example.com` and `@.example.com`. Nil for
    /// keys of everybody and of clients, and for top-level domains.
    static func domain(in key: String) -> DomainName? {
        guard let at = key.firstIndex(of: "@") else { return nil }
        return DomainName(key[key.index(after: at)...].drop { $0 == "." })
    }

    /// Whether a row that names somebody by a key is the server's: it names no domain, or one that is not here in a table
    /// where somebody outside may be meant.
    private func isServers(_ row: [SQL.Value], of table: ExportedTable) -> Bool {
        guard let key = table.ownerKey(of: row), let domain = Self.domain(in: key) else { return true }
        return hosted[domain.text] == nil && table.mayMeanStrangers(row)
    }

    /// Whether a row is left over from an account that is gone, as housekeeping would find.
    func isLeftover(_ row: [SQL.Value], of table: ExportedTable) throws -> Bool {
        for reference in table.references where reference.isOwner {
            guard table.file != .vmail, !table.mayMeanStrangers(row) else { continue }
            if try !isSomebodys(table.text(reference.column, of: row), isMailbox: reference.names == [.mailbox]) {
                return true
            }
        }
        if case .keyByNumber = table.owner, let key = table.ownerKey(of: row) {
            return try !isSomebodys(key, isMailbox: false)
        }
        return false
    }

    private func isSomebodys(_ key: String, isMailbox: Bool) throws -> Bool {
        guard !key.hasPrefix("@"), let address = MailAddress(key) else {
            return Self.domain(in: key).map { hosted[$0.text] != nil } ?? true
        }
        let vmail = try database(.vmail)
        return isMailbox
            ? try MailboxStore(vmail: vmail, profileColumns: "").find(address) != nil
            : try AddressUse(of: address, in: vmail).isTaken
    }
}

extension ExportedTable {
    /// The key by which a row names whom it belongs to; nil for tables that do it otherwise.
    func ownerKey(of row: [SQL.Value]) -> String? {
        switch owner {
        case .key(let column), .keyByNumber(let column): text(column, of: row)
        case .domain, .right, .server: nil
        }
    }

    /// Whether a name that nobody has here may be somebody's outside.
    func mayMeanStrangers(_ row: [SQL.Value]) -> Bool {
        references.contains { reference in
            reference.leftovers.map { !$0.values.contains("'\(text($0.column, of: row))'") } == true
        }
    }
}

/// Rows that are taken one by one.
final class RowStream {
    private let cursor: RowCursor?
    private let columns: [ExportedTable.Column]
    private let isWanted: ([SQL.Value]) throws -> Bool

    init(_ cursor: RowCursor, _ table: ExportedTable, isWanted: @escaping ([SQL.Value]) throws -> Bool) {
        self.cursor = cursor
        columns = table.columns
        self.isWanted = isWanted
    }

    /// Without rows.
    init() {
        cursor = nil
        columns = []
        isWanted = { _ in false }
    }

    /// Nil after the last one.
    func next() throws -> [SQL.Value]? {
        guard let cursor else { return nil }
        return try StoreError.translating {
            while let row = try cursor.next({ row in columns.enumerated().map { Self.value(of: row, $0, $1) } }) {
                if try isWanted(row) { return row }
            }
            return nil
        }
    }

    private static func value(of row: Row, _ index: Int, _ column: ExportedTable.Column) -> SQL.Value {
        switch row.cell(index) {
        // Another program's tables may have it where ours take none.
        case .null: column.isNullable ? .null : column.fallback
        case .integer(let number): column.kind == .real ? .real(Double(number)) : .integer(number)
        case .real(let number): .real(number)
        case .text: .text(row.text(index))
        }
    }
}
