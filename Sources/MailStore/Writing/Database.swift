import SQLite

/// One database file as one thread sees it: a connection and, for the writer, where its transaction stands.
///
/// The writer's transaction begins with the first change to the file (`BEGIN IMMEDIATE`), and each job has a savepoint
/// in every file it touches.
///
/// What the engine refuses is thrown as `StoreError`; what a caller's own function throws comes through as it is.
package final class Database {
    private let connection: Connection
    /// Whether changes are jobs that share a transaction; else each statement stands for itself.
    private let hasJobs: Bool
    private var inTransaction = false
    private var inJob = false
    /// How long the next transaction waits for its lock; nil for as long as a connection usually does.
    private var lockPatience: Duration?
    /// When the snapshot that is open was taken; nil for none.
    private var snapshotStart: ContinuousClock.Instant?
    /// How long a list may read from one snapshot: an older one keeps the write-ahead log from being cut.
    var snapshotLife = Duration.seconds(10)

    /// - Parameters:
    ///   - mode: what it is opened for.
    ///   - cache: how many KiB of pages it may keep; nil for the engine's own measure.
    ///   - hasJobs: whether its changes are jobs that share transactions.
    init(_ path: String, _ mode: Connection.Mode, cache: Int? = nil, hasJobs: Bool = false) throws {
        connection = try StoreError.translating { try Connection(path, mode, cache: cache) }
        self.hasJobs = hasJobs
    }

    /// Of its file.
    var path: String { connection.path }

    /// Runs a statement that changes rows.
    /// - Returns: how many rows it changed.
    /// - Throws: also for a reader, whose connection refuses every change.
    @discardableResult
    func change(_ sql: SQL) throws -> Int {
        try beginJob()
        return try execute(sql)
    }

    /// The first row, or nil when there is none.
    func first<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> Value? {
        try StoreError.translating { try connection.first(sql, make) }
    }

    /// All rows, in order.
    func all<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> [Value] {
        try StoreError.translating { try connection.all(sql, make) }
    }

    /// Hands over row by row; what `body` throws ends the query.
    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try StoreError.translating { try connection.forEach(sql, body) }
    }

    /// The first column of all rows, in order.
    func texts(_ sql: SQL) throws -> [String] { try all(sql) { $0.text(0) } }

    /// The first column of the first row; nil when there is none.
    func text(_ sql: SQL) throws -> String? { try first(sql) { $0.text(0) } }

    /// The single number of a query that always answers one row.
    func number(_ sql: SQL) throws -> Int { try first(sql) { $0.integer(0) } ?? 0 }

    /// Whether the single value of a query that always answers one row, `SELECT EXISTS (…)`, is true.
    func exists(_ sql: SQL) throws -> Bool { try number(sql) != 0 }

    /// Runs a statement as it is, outside of any job.
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int {
        try StoreError.translating { try connection.execute(sql) }
    }

    /// Runs statements of our own that bind nothing, separated by semicolons, outside of any job.
    func script(_ text: String) throws {
        try StoreError.translating { try connection.script(text) }
    }

    /// Gives the memory of kept pages back to the system.
    func forgetPages() throws {
        try StoreError.translating { try connection.forgetPages() }
    }

    /// Has `body` told of every row before it is changed; it must not use this database.
    func watchChanges(_ body: @escaping (RowChange) -> Void) { connection.watchChanges(body) }

    /// Copies all of it over what `destination` holds, as one transaction there; inside a snapshot, the snapshot.
    ///
    /// - Parameter progress: called now and then with the pages copied and the pages there are.
    func copy(into destination: Database, progress: (_ copied: Int, _ count: Int) -> Void) throws {
        try StoreError.translating { try connection.copy(into: destination.connection, progress: progress) }
    }

    /// The job begins to use this file: takes the write lock if the group has not yet, and sets the job's savepoint.
    func beginJob() throws {
        guard hasJobs, !inJob else { return }
        try beginTransaction()
        try execute("SAVEPOINT job")
        inJob = true
    }

    private func beginTransaction() throws {
        guard !inTransaction else { return }
        do {
            try execute("BEGIN IMMEDIATE")
        } catch let error as StoreError where error.kind == .busy {
            // It is known now: whoever comes next need not wait to find out.
            wait(.zero)
            throw error
        }
        inTransaction = true
        wait(Self.briefPatience)
    }

    /// From now on a lock that another program holds is waited for only briefly: the writer has others to serve, and
    /// tries again later.
    func becomeBrief() {
        lockPatience = Self.briefPatience
        connection.waitForLocks(Self.briefPatience)
    }

    /// Longer than a program that writes a row or two has its lock.
    private static let briefPatience = Duration.milliseconds(10)

    private func wait(_ patience: Duration) {
        guard let now = lockPatience, now != patience else { return }
        lockPatience = patience
        connection.waitForLocks(patience)
    }

    /// Takes the write lock for the group, if nobody else has it.
    func isFree() throws -> Bool {
        do {
            try beginTransaction()
            return true
        } catch let error as StoreError where error.kind == .busy {
            return false
        }
    }

    func keepJob() throws {
        guard inJob else { return }
        inJob = false
        try execute("RELEASE job")
    }

    func undoJob() throws {
        guard inJob else { return }
        inJob = false
        try execute("ROLLBACK TO job")
        try execute("RELEASE job")
    }

    func commit() throws {
        guard inTransaction else { return }
        try execute("COMMIT")
        inTransaction = false
    }

    /// Gives up everything since the last commit.
    func rollback() {
        inJob = false
        inTransaction = false
        leaveTransaction()
    }

    /// Gives up the transaction that is open, if any: the engine may have done so itself (full disk, I/O error).
    func leaveTransaction() {
        // Failing here means that none is open any more, which is what is wanted.
        if !connection.isOutsideTransaction { _ = try? execute("ROLLBACK") }
    }

    /// Where the file stands; nil when it cannot be told, while a snapshot is being read, and inside a transaction: what
    /// that has changed is no commit yet.
    var mark: CommitMark? { inTransaction ? nil : connection.commitMark }

    /// Reads from one snapshot until `endSnapshot`.
    func beginSnapshot() throws {
        try execute("BEGIN")
        snapshotStart = .now
    }

    func endSnapshot() {
        snapshotStart = nil
        // A snapshot holds nothing that could be lost; the connection is sound either way.
        leaveTransaction()
    }

    /// Takes a newer snapshot when the one that is open has lived long enough. No statement may be running.
    private func renewOldSnapshot() throws {
        guard let snapshotStart, ContinuousClock.now - snapshotStart >= snapshotLife else { return }
        endSnapshot()
        try beginSnapshot()
    }

    /// Hands over the keys of a part of a sorted list, in order. A list may be long and its reader slow: it goes on in a
    /// newer snapshot when one has become old, after the key that came last. What it says of one key is always of one
    /// moment.
    ///
    /// - Parameters:
    ///   - query: selects the key, up to its conditions.
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

    /// The same with the keys of several rows at a time, which `body` may read from one snapshot.
    func forEachKeys(
        _ query: String, _ key: String, _ values: [SQL.Value], _ page: Page, atOnce: Int,
        _ body: ([String]) throws -> Void
    ) throws {
        var after = page.after
        var left = page.limit ?? .max
        while left > 0 {
            // As texts, so that no statement runs while `body` does.
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
