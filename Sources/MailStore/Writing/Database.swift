import Storage

/// The connection of one thread to one database: a file of SQLite's, or a database of a PostgreSQL server.
///
/// For the writer it also knows how far the transaction is. That begins with the first change to the database, and each
/// job has a savepoint in every database that it changes; at a server only where that is wanted (`hasSavepoints`).
///
/// What the engine refuses is thrown as `StoreError`, and what a caller's closure throws as it is.
package final class Database {
    private let engine: Engine
    /// Whether changes are jobs that share a transaction. Otherwise each statement is a transaction of its own.
    private let hasJobs: Bool
    private(set) var inTransaction = false
    private var inJob = false
    /// Whether jobs have savepoints, as files always have: there they cost next to nothing. Without, a job that has
    /// changed something can only be undone together with all others of the group (`JobCannotBeUndone`).
    var hasSavepoints = true
    /// Whether the open job has changed something.
    private var hasChanged = false
    /// See `Mark.group`; grows with each transaction and each `forgetKept`.
    private var generation = 0
    private var isWatched = false
    /// Whether a changed row of the open job was told.
    private var wasTold = false
    /// How long a statement waits for a lock; nil for the time that the engine sets.
    private var lockTimeout: Duration?
    /// When the open snapshot was taken; nil for none.
    private var snapshotStart: ContinuousClock.Instant?
    /// How long a list may read from one snapshot: while one is open, SQLite's write-ahead log grows, and PostgreSQL
    /// keeps rows that are gone. `Security.md` F3.
    var snapshotLife = Duration.seconds(10)
    private var knownColumns: [String: [TableColumn]]?
    /// Why this group cannot have the write lock, at a server: each further attempt would wait as long as the first.
    private var refusal: StoreError?
    /// What is changed at the commit: by the open job, and by those that are kept.
    private var atCommit: [SQL] = []
    private var keptAtCommit: [SQL] = []

    /// - Parameter hasJobs: whether this is the writer's.
    init(_ engine: Engine, hasJobs: Bool = false) {
        self.engine = engine
        self.hasJobs = hasJobs
    }

    /// Opens a file.
    ///
    /// - Parameter cache: how many KiB of pages the connection may cache; nil for SQLite's default.
    convenience init(_ path: String, _ mode: SQLiteConnection.Mode, cache: Int? = nil, hasJobs: Bool = false) throws {
        let connection = try StoreError.translating { try SQLiteConnection(path, mode, cache: cache) }
        self.init(.sqlite(connection), hasJobs: hasJobs)
    }

    /// Names the database: the path of the file, or the name at the server.
    var place: String { engine.place }

    /// Whether other instances of this program may write to it, too.
    var isShared: Bool { if case .postgresql = engine { true } else { false } }

    /// The columns of a table, in their order; empty when there is no such table. Read once.
    func columns(of table: String) throws -> [TableColumn] { try columns()[table] ?? [] }

    /// The columns of all tables, by table. Read once.
    func columns() throws -> [String: [TableColumn]] {
        if let knownColumns { return knownColumns }
        let columns = try StoreError.translating { try engine.columns() }
        knownColumns = columns
        return columns
    }

    /// Runs a statement that changes rows; on the writer as a part of the job. Its error may come with a later statement
    /// or with `settle`.
    /// - Throws: on a reader's connection always.
    func change(_ sql: SQL) throws {
        try beginJob()
        hasChanged = true
        try StoreError.translating { try engine.executeLater(sql) }
    }

    /// The same before the commit, for a statement that nothing in the group depends on: at a server all of them are sent
    /// together. If one fails, so does the whole transaction.
    func changeAtCommit(_ sql: SQL) throws {
        guard isShared, hasJobs else { return try change(sql) }
        try beginJob()
        atCommit.append(sql)
    }

    /// The same at once.
    /// - Returns: how many rows it changed.
    func changedRows(_ sql: SQL) throws -> Int {
        try beginJob()
        hasChanged = true
        return try execute(sql)
    }

    /// Whether statements of `change` wait, at a server.
    var hasChangesToSend: Bool { engine.hasChangesToSend }

    /// Waits for the statements of `change`.
    func settle() throws {
        try StoreError.translating { try engine.settle() }
    }

    /// Announces queries, so that a server answers all of them with the next one: as `PostgreSQLConnection.announce`.
    func announce(_ queries: @autoclosure () -> [SQL], isLast: Bool = false) {
        engine.announce(queries(), isLast: isLast)
    }

    /// As `PostgreSQLConnection.beginSharing`.
    func beginSharing() { engine.beginSharing() }

    /// As `PostgreSQLConnection.endSharing`.
    func endSharing() { engine.endSharing() }

    /// The first row, or nil when there is none.
    func first<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> Value? {
        try StoreError.translating { try engine.first(sql, make) }
    }

    /// All rows, in order.
    func all<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> [Value] {
        try StoreError.translating { try engine.all(sql, make) }
    }

    /// Calls `body` for each row, in order. What `body` throws ends the query.
    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try StoreError.translating { try engine.forEach(sql, body) }
    }

    /// Begins a query whose rows are taken one by one; at a server inside a snapshot.
    func cursor(_ sql: SQL) throws -> RowCursor {
        try StoreError.translating { try engine.cursor(sql) }
    }

    /// The first column of all rows, in order.
    func texts(_ sql: SQL) throws -> [String] { try all(sql) { $0.text(0) } }

    /// The first column of the first row; nil when there is none.
    func text(_ sql: SQL) throws -> String? { try first(sql) { $0.text(0) } }

    /// The first number of the first row; 0 when there is none.
    func number(_ sql: SQL) throws -> Int { try first(sql) { $0.integer(0) } ?? 0 }

    /// The truth value of `SELECT EXISTS (…)`.
    func exists(_ sql: SQL) throws -> Bool { try number(sql) != 0 }

    /// Runs a statement, without a transaction or savepoint around it.
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int {
        try StoreError.translating { try engine.execute(sql) }
    }

    /// Runs statements of our own that bind nothing, separated by semicolons, without a transaction around them.
    func script(_ text: String) throws {
        try StoreError.translating { try engine.script(text) }
    }

    /// Frees the cached pages.
    func freeCachedPages() throws {
        try StoreError.translating { try engine.freeCachedPages() }
    }

    /// Calls `body` before each change of a row. `body` must not use this database.
    func watchChanges(_ body: @escaping (RowChange) -> Void) throws {
        let columns = try columns()
        try StoreError.translating { try engine.watchChanges(columns, body) }
    }

    /// Replaces the content of `destination` by that of this database, or of its open snapshot, in one transaction. Both
    /// are files.
    ///
    /// - Parameter progress: called now and then, with the number of pages copied and of all pages.
    func copy(into destination: Database, progress: (_ copied: Int, _ count: Int) -> Void) throws {
        guard case .sqlite(let connection) = engine, case .sqlite(let other) = destination.engine else {
            throw StoreError(.other, place, "only files are copied page by page")
        }
        try StoreError.translating { try connection.copy(into: other, progress: progress) }
    }

    /// Called when the job begins to use this database. Takes the write lock, if the group has not yet, and sets the job's
    /// savepoint, if jobs have one.
    func beginJob() throws {
        guard hasJobs, !inJob else { return }
        try beginTransaction()
        if hasSavepoints { try StoreError.translating { try engine.setSavepoint() } }
        inJob = true
        hasChanged = false
        wasTold = false
    }

    private func beginTransaction() throws {
        guard !inTransaction else { return }
        if let refusal { throw refusal }
        do {
            try StoreError.translating { try engine.beginWriting() }
        } catch let error as StoreError where error.kind == .busy {
            if isShared { refusal = error }
            // So the next job that meets this lock does not wait at all.
            setLockTimeout(.zero)
            throw error
        }
        inTransaction = true
        forgetKept()
        setLockTimeout(Self.shortLockTimeout)
    }

    /// From now on waits for the lock of another program only briefly (`Storage.md` 2); with SQLite.
    func setShortLockTimeout() {
        lockTimeout = Self.shortLockTimeout
        engine.waitForLocks(Self.shortLockTimeout)
    }

    /// Longer than the lock of a program that writes a row or two.
    private static let shortLockTimeout = Duration.milliseconds(10)

    private func setLockTimeout(_ timeout: Duration) {
        guard let now = lockTimeout, now != timeout else { return }
        lockTimeout = timeout
        engine.waitForLocks(timeout)
    }

    /// Takes the write lock for the group. False when another program has it.
    func takeLockIfFree() throws -> Bool {
        refusal = nil
        do {
            try beginTransaction()
            return true
        } catch let error as StoreError where error.kind == .busy {
            return false
        }
    }

    /// Lets nobody else change the tables until the transaction ends. A file has one writer anyway.
    func lockTables(_ names: [String]) throws {
        guard isShared else { return }
        let known = try columns()
        for name in names.sorted() where known[name] != nil {
            try change(SQL(trusted: "LOCK TABLE \(name) IN SHARE ROW EXCLUSIVE MODE"))
        }
    }

    /// Ends the job, with what it did.
    func keepJob() throws {
        guard inJob else { return }
        inJob = false
        // Nothing changed, or nobody tells: a trigger may be switched off.
        if hasChanged, !wasTold { forgetKept() }
        keptAtCommit += atCommit
        atCommit = []
        if hasSavepoints { try StoreError.translating { try engine.releaseSavepoint() } }
    }

    /// Ends the job and undoes what it did.
    ///
    /// - Parameter hasFailed: whether a statement of it has failed, and with it the transaction if there is no savepoint.
    /// - Throws: `JobCannotBeUndone`; the caller then rolls back, and begins the group anew with savepoints.
    func undoJob(hasFailed: Bool = false) throws {
        guard inJob else { return }
        guard hasSavepoints || !hasChanged && !hasFailed else { throw JobCannotBeUndone() }
        inJob = false
        atCommit = []
        if hasSavepoints { try StoreError.translating { try engine.undoSavepoint() } } else { engine.forgetAnnounced() }
    }

    /// Makes the changes of `changeAtCommit`. To be called for all databases before the first one commits.
    func finishChanges() throws {
        guard !keptAtCommit.isEmpty else { return }
        try StoreError.translating {
            for change in keptAtCommit { try engine.executeLater(change) }
            try engine.settle()
        }
        keptAtCommit = []
    }

    func commit() throws {
        refusal = nil
        guard inTransaction else { return }
        try StoreError.translating { try engine.commit() }
        inTransaction = false
    }

    /// Undoes everything since the last commit.
    func rollback() {
        refusal = nil
        inJob = false
        inTransaction = false
        atCommit = []
        keptAtCommit = []
        rollbackIfOpen()
    }

    /// Rolls back the open transaction, if any: after a full disk, an I/O error or the end of the connection the engine
    /// has done so itself.
    func rollbackIfOpen() { engine.rollback() }

    /// Until when rows that are read now are as they are (`Memory`).
    enum Mark: Equatable {
        /// Until the next commit to the file.
        case commit(CommitMark)
        /// In the writer's transaction at a server, where no other instance writes: until it ends, or `forgetKept`.
        case group(Int)
    }

    /// Nil when it cannot be told (`CommitMark`), while a snapshot is being read, inside a transaction of a file, because
    /// what that has changed is not committed, and in a job that has changed something.
    var mark: Mark? {
        guard inTransaction else { return engine.commitMark.map { .commit($0) } }
        return inJob && hasChanged ? nil : markOfNextJob
    }

    /// The same as `mark` will be at the next job's beginning, if this one does not `forgetKept`.
    var markOfNextJob: Mark? { inTransaction && isWatched ? .group(generation) : nil }

    /// To be called when what a `Memory` keeps is changed.
    func forgetKept() { generation += 1 }

    /// From now on each changed row is told by `tell`, at a server: without that, nothing is kept in a transaction.
    func keepInGroups() { isWatched = isShared }

    /// - Parameter concernsKept: whether a `Memory` may keep what has changed.
    func tell(concernsKept: Bool) {
        wasTold = true
        if concernsKept { forgetKept() }
    }

    /// As `PostgreSQLConnection.logPosition`; nil for a file.
    func logPosition() throws -> LogPosition? { try StoreError.translating { try engine.logPosition() } }

    /// As `PostgreSQLConnection.require`, for a database at a standby.
    func require(_ position: LogPosition) { engine.require(position) }

    /// All that is read until `endSnapshot` is of one moment: that of the first read.
    func beginSnapshot(isAnnounced: Bool = false) throws {
        try StoreError.translating { try engine.beginSnapshot(isAnnounced: isAnnounced) }
        snapshotStart = .now
    }

    func endSnapshot() {
        snapshotStart = nil
        // Nothing was written in it.
        rollbackIfOpen()
    }

    /// Takes a newer snapshot when the open one is older than `snapshotLife`. No statement may be running.
    private func renewOldSnapshot() throws {
        guard let snapshotStart, ContinuousClock.now - snapshotStart >= snapshotLife else { return }
        endSnapshot()
        try beginSnapshot()
    }

    /// Calls `body` for each key of a part of a sorted list, in order. When the snapshot has become old, the list goes
    /// on in a newer one, after the key that came last. What `body` reads for one key is of one moment.
    ///
    /// - Parameters:
    ///   - query: a SELECT of the key that ends with a condition of its WHERE.
    ///   - body: must find out whether its key is still there.
    func forEachKey(
        _ query: String, _ key: String, _ values: [SQL.Value], _ page: Page, _ body: (String) throws -> Void
    ) throws {
        try forEachKeys(query, key, values, page, atOnce: 1000) { keys in
            for key in keys {
                try renewOldSnapshot()
                try body(key)
            }
        }
    }

    /// The same with up to `atOnce` keys at a time; `body` reads what belongs to them from one snapshot.
    func forEachKeys(
        _ query: String, _ key: String, _ values: [SQL.Value], _ page: Page, atOnce: Int,
        _ body: ([String]) throws -> Void
    ) throws {
        var after = page.after
        var left = page.limit ?? .max
        while left > 0 {
            // All of them first, so that no statement is running when `body` takes a newer snapshot.
            let count = min(left, atOnce)
            try renewOldSnapshot()
            let clause = Page(after: after, limit: count).clause(key)
            let keys = try texts(SQL(trusted: "\(query) \(clause.text)", values + clause.values))
            try body(keys)
            guard keys.count == count, let last = keys.last else { return }
            after = last
            left -= count
        }
    }
}

/// A job without a savepoint is to be undone after it has changed something.
struct JobCannotBeUndone: Error {}
