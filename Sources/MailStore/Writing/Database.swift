import SQLite

/// One database file as one thread sees it: a connection and, for the writer, where its transaction stands.
///
/// The writer's transaction begins with the first change to the file (`BEGIN IMMEDIATE`), and each job has a savepoint
/// in every file it touches.
package final class Database {
    let file: StoreFile
    let connection: Connection
    private let isWriter: Bool
    private var inTransaction = false
    private var inJob = false
    /// How long the next transaction waits for its lock; nil for as long as a connection usually does.
    private var lockPatience: Duration?
    /// When the snapshot that is open was taken; nil for none.
    private var snapshotStart: ContinuousClock.Instant?
    /// How long a list may read from one snapshot: an older one keeps the write-ahead log from being cut.
    var snapshotLife = Duration.seconds(10)

    init(_ file: StoreFile, _ connection: Connection, isWriter: Bool) {
        self.file = file
        self.connection = connection
        self.isWriter = isWriter
    }

    /// Runs a statement that changes rows.
    /// - Returns: how many rows it changed.
    /// - Throws: also for a reader, whose connection refuses every change.
    @discardableResult
    func change(_ sql: SQL) throws(SQLiteError) -> Int {
        try beginJob()
        return try connection.execute(sql)
    }

    func first<Value>(_ sql: SQL, _ make: (Row) throws(SQLiteError) -> Value) throws(SQLiteError) -> Value? {
        try connection.first(sql, make)
    }

    func all<Value>(_ sql: SQL, _ make: (Row) throws(SQLiteError) -> Value) throws(SQLiteError) -> [Value] {
        try connection.all(sql, make)
    }

    /// The single number of a query that always answers one row.
    func number(_ sql: SQL) throws(SQLiteError) -> Int {
        try connection.first(sql) { (row) throws(SQLiteError) in row.integer(0) } ?? 0
    }

    /// The job begins to use this file: takes the write lock if the group has not yet, and sets the job's savepoint.
    func beginJob() throws(SQLiteError) {
        guard isWriter, !inJob else { return }
        try beginTransaction()
        try connection.execute("SAVEPOINT job")
        inJob = true
    }

    private func beginTransaction() throws(SQLiteError) {
        guard !inTransaction else { return }
        do {
            try connection.execute("BEGIN IMMEDIATE")
        } catch {
            // It is known now: whoever comes next need not wait to find out.
            if error.isBusy { wait(.zero) }
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
    func isFree() throws(SQLiteError) -> Bool {
        do {
            try beginTransaction()
            return true
        } catch {
            guard error.isBusy else { throw error }
            return false
        }
    }

    func keepJob() throws(SQLiteError) {
        guard inJob else { return }
        inJob = false
        try connection.execute("RELEASE job")
    }

    func undoJob() throws(SQLiteError) {
        guard inJob else { return }
        inJob = false
        try connection.execute("ROLLBACK TO job")
        try connection.execute("RELEASE job")
    }

    func commit() throws(SQLiteError) {
        guard inTransaction else { return }
        try connection.execute("COMMIT")
        inTransaction = false
    }

    /// Gives up everything since the last commit. SQLite may have done so itself (full disk, I/O error).
    func rollback() {
        inJob = false
        inTransaction = false
        // Failing here means that no transaction is open any more, which is what is wanted.
        if !connection.isOutsideTransaction { try? connection.script("ROLLBACK") }
    }

    /// Where the file stands; nil when it cannot be told, on the writer, and while a snapshot is being read.
    var mark: CommitMark? { isWriter ? nil : connection.commitMark }

    /// Reads from one snapshot until `endSnapshot`.
    func beginSnapshot() throws(SQLiteError) {
        try connection.execute("BEGIN")
        snapshotStart = .now
    }

    func endSnapshot() {
        snapshotStart = nil
        // A snapshot holds nothing that could be lost; the connection is sound either way.
        if !connection.isOutsideTransaction { _ = try? connection.execute("ROLLBACK") }
    }

    /// Takes a newer snapshot when the one that is open has lived long enough. No statement may be running.
    private func renewOldSnapshot() throws(SQLiteError) {
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
            let keys = try all(SQL(trusted: "\(query) \(clause.text)", values + clause.values)) {
                (row) throws(SQLiteError) in row.text(0)
            }
            try body(keys)
            guard keys.count == count, let last = keys.last else { return }
            after = last
            left -= count
        }
    }
}
