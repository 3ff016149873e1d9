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
        if !inTransaction {
            try connection.execute("BEGIN IMMEDIATE")
            inTransaction = true
        }
        try connection.execute("SAVEPOINT job")
        inJob = true
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

    /// Reads from one snapshot until `endSnapshot`.
    func beginSnapshot() throws(SQLiteError) { try connection.execute("BEGIN") }

    func endSnapshot() {
        // A snapshot holds nothing that could be lost; the connection is sound either way.
        if !connection.isOutsideTransaction { try? connection.script("ROLLBACK") }
    }
}
