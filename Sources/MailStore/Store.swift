package import Mail
import Storage

// MailStore has the databases, all SQL, and the one thread that changes them. `Schema/` declares the tables of each
// `StoreFile`; `Migrator` makes the files and brings old ones up to date. A `Store` opens all of them for one thread.
// Its parts, such as `mailboxes` or `throttles`, read and write the rows of a table or two; what goes through many
// tables, such as `deleteMailbox`, is a function of `Store`. Changes run on the thread of the `Writer`, where an
// `AuditTrail` keeps the rows before and after for the admin log. `LongChange` and `Housekeeping` change many rows, a
// page at a time. `Copying/` is for backup and restore. The reasons are in `Storage.md`, the meaning of the rows in
// `Contract.md`.

/// The databases of a state, opened for one thread. Not `Sendable`: it belongs to the thread that opened it.
///
///     let store = try Store(.files("/var/lib/postern"), .reader)
///     let mailbox = try store.reading { try store.mailboxes.find(address) }
///
/// What the engine refuses is thrown as `StoreError`. Functions that change rows do so in a `.writer` only.
package final class Store {
    let vmail: Database
    let amavisd: Database
    let iredapd: Database
    /// At a server the same as `vmail`.
    let usage: Database
    let api: Database
    /// Every column of an account table, in the order of the table, for the middle of a SELECT.
    let mailboxColumns: String
    let mailboxProfileQuery: String
    let domainColumns: String
    let adminColumns: String
    let aliasColumns: String
    let listColumns: String
    let sessionMemory: Memory<SessionRow>
    let adminMemory: Memory<AdminRow>
    let longChangeMemory: Memory<[String: LongChange]>
    /// Nil for a reader, and for a writer that records nothing.
    private var trail: AuditTrail?
    /// Announces what the next job of the group reads: a server is asked that together with the changes of this one.
    var announceNext: ((Store) -> Void)?
    private let standby: Standby?
    /// Opened when it is first used.
    private var storeAtStandby: Store?

    package enum Role: Sendable {
        /// Reads only. Each thread that reads has its own.
        case reader
        /// The only one that writes and makes checkpoints. Opened before any reader.
        case writer
    }

    /// Until when the writer gives each job a savepoint at a server, because one has needed it.
    var savepointsUntil = ContinuousClock.now

    /// - Parameters:
    ///   - standby: where `readingFromStandby` reads; nil for nowhere.
    ///   - isRecorded: whether a writer keeps the rows that it changes for `recording`. A command that changes very many
    ///     has no use for them.
    /// - Throws: `StoreError` when a database is missing, unreadable or damaged, or the server away. `Migrator` looks at
    ///   the schema's version.
    package init(_ place: StatePlace, _ role: Role, standby: Standby? = nil, isRecorded: Bool = true) throws {
        self.standby = standby
        let isWriter = role == .writer
        func open(_ file: StoreFile) throws -> Database {
            switch place {
            case .files(let directory):
                let mode: SQLiteConnection.Mode =
                    switch role {
                    case .reader: .reader
                    case .writer: .writer(synchronous: file.synchronous == .full ? .full : .normal)
                    }
                return try Database(
                    directory + "/" + file.relativePath, mode, cache: file.cache(isWriter: isWriter), hasJobs: isWriter)
            case .server(let server):
                return Database(
                    .postgresql(try server.connect(to: ServerDatabase(holding: file), isWriter ? .writer : .reader)),
                    hasJobs: isWriter)
            }
        }
        vmail = try open(.vmail)
        amavisd = try open(.amavisd)
        iredapd = try open(.iredapd)
        usage = if case .server = place { vmail } else { try open(.usage) }
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
        if role == .writer, isRecorded {
            let trail = AuditTrail()
            // The other two files hold nothing that admins change.
            let kept = vmail.isShared ? try AdminColumns(in: vmail) : nil
            try trail.watch(vmail) { [unowned vmail] change in
                vmail.tell(concernsKept: kept?.concern(change) == true)
            }
            vmail.keepInGroups()
            for database in [amavisd, iredapd] { try trail.watch(database) }
            self.trail = trail
        }
    }

    /// The same databases at a standby, for a reader. Sessions are read where `primary` reads them.
    private init(at standby: ServerState, of primary: Store) throws {
        func open(_ database: ServerDatabase) throws -> Database {
            Database(.postgresql(try standby.connect(to: database, .standby)))
        }
        self.standby = nil
        vmail = try open(.vmail)
        amavisd = try open(.amavisd)
        iredapd = try open(.iredapd)
        usage = vmail
        api = primary.api
        sessionMemory = primary.sessionMemory
        adminMemory = Memory(of: vmail)
        longChangeMemory = Memory(of: vmail)
        mailboxColumns = primary.mailboxColumns
        mailboxProfileQuery = primary.mailboxProfileQuery
        domainColumns = primary.domainColumns
        adminColumns = primary.adminColumns
        aliasColumns = primary.aliasColumns
        listColumns = primary.listColumns
    }

    /// In the order in which the files commit, and why: `Storage.md` 8.
    var commitOrder: [Database] { isShared ? [api, amavisd, iredapd, vmail] : [api, amavisd, iredapd, usage, vmail] }

    /// Whether other instances of this program may change it, too.
    var isShared: Bool { vmail.isShared }

    /// Sets short time-outs for locks of other programs, because others wait for the writer's thread meanwhile.
    func setShortLockTimeout() {
        for database in commitOrder { database.setShortLockTimeout() }
    }

    /// - Parameter place: as in `StoreError.database`.
    func database(at place: String) -> Database? { commitOrder.first { $0.place == place } }

    /// Runs `body` and returns, beside its result, the rows that it changed in `vmail`, `amavisd` and `iredapd`, as the
    /// admin log shows them; nil for a reader.
    package func recording<Result>(_ body: () throws -> Result) throws -> (result: Result, record: AuditRecord?) {
        trail?.begin()
        defer { _ = trail?.end() }
        let result = try body()
        try settle()
        return (result, trail?.end())
    }

    /// Waits until the changes made so far are done, and throws their errors. With the first ones of a job that wait, what
    /// the next job reads is asked.
    func settle() throws {
        if vmail.hasChangesToSend {
            let announce = announceNext
            announceNext = nil
            announce?(self)
        }
        for database in commitOrder { try database.settle() }
    }

    /// Runs `body` inside `recording`; what it changes is left out of the record.
    package func unrecorded(_ body: () throws -> Void) throws {
        try settle()
        trail?.pause()
        defer { trail?.resume() }
        try body()
        try settle()
    }

    /// Frees the cached pages of all files.
    func freeCachedPages() throws {
        for database in commitOrder { try database.freeCachedPages() }
    }

    /// How long a list may read from one snapshot of `vmail`, before it goes on in a newer one. `Security.md` F3.
    package var snapshotLife: Duration {
        get { vmail.snapshotLife }
        set { vmail.snapshotLife = newValue }
    }

    /// Runs `body` on one snapshot of `vmail`. A long list takes newer ones (`snapshotLife`).
    ///
    /// - Parameter isAnnounced: whether all that it reads was announced in `sharing`.
    package func reading<Result>(isAnnounced: Bool = false, _ body: () throws -> Result) rethrows -> Result {
        // If it fails, each statement still reads committed rows.
        try? vmail.beginSnapshot(isAnnounced: isAnnounced)
        defer { vmail.endSnapshot() }
        return try body()
    }

    /// Whether several requests can be read in one round trip: at a server without `DATABASE_READ`, because a standby is
    /// asked for each request by itself.
    package var sharesRoundTrips: Bool { isShared && standby == nil }

    /// Runs `body`, in which several requests read. What all of them are going to read can be announced before; a
    /// server is then asked once, and its answer is of one moment after this was called.
    package func sharing(_ body: () -> Void) {
        vmail.beginSharing()
        api.beginSharing()
        defer {
            vmail.endSharing()
            api.endSharing()
        }
        body()
    }

    /// Runs `admit` on a snapshot of the primary, then `body` on one of the standby. That has everything that the first
    /// one showed, and everything that was committed before it.
    ///
    /// - Parameter body: passes a `StoreError` on as long as it has had no effect; later it tells of it by `giveUp`.
    /// - Returns: nil when the standby is not there, is behind, or has failed: then nothing was done.
    /// - Throws: what `admit` throws, and what `body` throws beside a `StoreError`.
    package func readingFromStandby<Result>(
        after admit: () throws -> Void,
        _ body: (_ store: Store, _ giveUp: @escaping (StoreError) -> Void) throws -> Result
    ) throws -> Result? {
        guard let standby, standby.isDue() else { return nil }
        let position: LogPosition?
        do {
            position = try reading {
                try admit()
                return try vmail.logPosition()
            }
        } catch {
            standby.wasNotAsked()
            throw error
        }
        guard let position else { return nil }
        let store = try storeAtStandby ?? Store(at: standby.server, of: self)
        storeAtStandby = store
        for database in [store.vmail, store.amavisd, store.iredapd] { database.require(position) }
        var failure: StoreError?
        defer { if let failure { standby.hasFailed(failure) } else { standby.hasAnswered() } }
        do {
            return try store.reading { try body(store) { failure = $0 } }
        } catch let error as StoreError {
            failure = error
            return nil
        }
    }

    private static func columns(of table: String, in database: Database) throws -> String {
        try database.columns(of: table).map { "\(table).\"\($0.name)\"" }.joined(separator: ", ")
    }
}

// Queries announced in advance: a server answers them together. Whoever asks others as well only waits longer.
extension Store {
    /// Announces who asks, and the changes of whole domains.
    package func announce(_ admin: MailAddress, now: Moment) {
        guard isShared else { return }
        admins.announce(admin, now: now)
        announceLongChanges(now: now)
    }

    /// Announces what a new mailbox may meet.
    /// - Parameters:
    ///   - base: the address without its extension.
    ///   - path: where its directory is likely to be.
    package func announceNewMailbox(
        _ address: MailAddress, base: @autoclosure () -> MailAddress, at path: @autoclosure () -> MailboxPath
    ) {
        vmail.announce(Self.newMailboxQueries(address, base: base(), at: path()))
    }

    private static func newMailboxQueries(
        _ address: MailAddress, base: MailAddress, at path: MailboxPath
    ) -> [SQL] {
        let queries = [
            AddressUse.query(address), MailboxStore.obstacleQuery(path, besides: nil),
        ]
        return base == address ? queries : queries + [AddressUse.query(base)]
    }
}

extension Store {
    /// Runs one change, for a command that is the writer itself and has no `Writer`. It is committed when this returns,
    /// and undone when `body` throws.
    package func changing(_ body: () throws -> Void) throws {
        do {
            try body()
            try settle()
            for database in commitOrder { try database.keepJob() }
            for database in commitOrder { try database.finishChanges() }
            for database in commitOrder { try database.commit() }
        } catch {
            for database in commitOrder { database.rollback() }
            throw error
        }
    }
}
