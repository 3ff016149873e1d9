import SQLite

/// The five databases of a state directory as one thread uses them. Not `Sendable`: it belongs to the thread that
/// opened it.
package final class Store {
    let vmail: Database
    let amavisd: Database
    let iredapd: Database
    let usage: Database
    let api: Database
    /// The columns of the account tables as the schema has them, for the profiles that show every column.
    let mailboxColumns: String
    let mailboxProfileQuery: String
    let domainColumns: String
    let adminColumns: String
    let aliasColumns: String
    let listColumns: String
    let sessionMemory: Memory<SessionRow>
    let adminMemory: Memory<AdminRow>
    let longChangeMemory: Memory<[String: LongChange]>
    /// Of the writer only.
    private var trail: AuditTrail?

    package enum Role: Sendable {
        /// Reads only; as many as there are workers.
        case reader
        /// The one that writes and checkpoints; opened before any reader.
        case writer
    }

    /// - Parameter directory: the state directory, without a trailing slash.
    /// - Throws: when a file is missing, unreadable, corrupt, or of a schema this program does not know.
    package init(directory: String, _ role: Role) throws {
        func open(_ file: StoreFile) throws -> Database {
            let mode: Connection.Mode =
                switch role {
                case .reader: .reader
                case .writer: .writer(synchronous: file.synchronous == .full ? .full : .normal)
                }
            let isWriter = role == .writer
            return try Database(
                directory + "/" + file.relativePath, mode, cache: file.cache(isWriter: isWriter), hasJobs: isWriter)
        }
        vmail = try open(.vmail)
        amavisd = try open(.amavisd)
        iredapd = try open(.iredapd)
        usage = try open(.usage)
        api = try open(.api)
        sessionMemory = Memory(of: api)
        adminMemory = Memory(of: vmail)
        longChangeMemory = Memory(of: vmail)
        mailboxColumns = try Self.columns(of: "mailbox", in: vmail)
        mailboxProfileQuery = Self.mailboxProfileQuery(columns: mailboxColumns)
        domainColumns = try Self.columns(of: "domain", in: vmail)
        adminColumns = try Self.columns(of: "admin", in: vmail)
        aliasColumns = try Self.columns(of: "alias", in: vmail)
        listColumns = try Self.columns(of: "maillists", in: vmail)
        if role == .writer {
            let trail = AuditTrail()
            // Usage and sessions are no admin's changes.
            for database in [vmail, amavisd, iredapd] { try trail.watch(database) }
            self.trail = trail
        }
    }

    /// In the order in which a group commits: what others point to goes last, so that a cut between two files leaves
    /// rows without an account rather than an account without its rows removed.
    var commitOrder: [Database] { [api, amavisd, iredapd, usage, vmail] }

    /// Makes this the store of a writer that has others to serve while a file is locked by another program.
    func becomeBrief() {
        for database in commitOrder { database.becomeBrief() }
    }

    /// The database of a file, by the path that its errors name.
    func database(at path: String) -> Database? { commitOrder.first { $0.path == path } }

    /// Runs `body` and tells what it changed in the tables of accounts and policies; nil on a reader.
    package func recording<Result>(_ body: () throws -> Result) throws -> (result: Result, record: AuditRecord?) {
        trail?.begin()
        defer { _ = trail?.end() }
        let result = try body()
        return (result, trail?.end())
    }

    /// Runs `body` without telling `recording` of it.
    package func unrecorded(_ body: () throws -> Void) throws {
        trail?.pause()
        defer { trail?.goOn() }
        try body()
    }

    /// Gives back the memory of pages that nobody is going to ask for: those of a look at everything.
    func forgetPages() throws {
        for database in [vmail, amavisd, iredapd, usage, api] { try database.forgetPages() }
    }

    /// How long a list may read from one snapshot of the account tables.
    package var snapshotLife: Duration {
        get { vmail.snapshotLife }
        set { vmail.snapshotLife = newValue }
    }

    /// Runs `body` on one snapshot of the account tables; a list that lasts long renews it.
    package func reading<Result>(_ body: () throws -> Result) rethrows -> Result {
        // Without a snapshot each statement still reads committed rows.
        try? vmail.beginSnapshot()
        defer { vmail.endSnapshot() }
        return try body()
    }

    private static func columns(of table: String, in database: Database) throws -> String {
        let names = try database.texts("SELECT name FROM pragma_table_info(\(table)) ORDER BY cid")
        return names.map { "\(table).\"\($0)\"" }.joined(separator: ", ")
    }
}

extension Store {
    /// One change of a tool that is the writer itself, committed when this returns; nothing is left of one that throws.
    package func changing(_ body: () throws -> Void) throws {
        do {
            try body()
            for database in commitOrder {
                try database.keepJob()
                try database.commit()
            }
        } catch {
            for database in commitOrder { database.rollback() }
            throw error
        }
    }
}
