import CSQLite

/// An error of SQLite. For the log, never for a client.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    package let code: Int32
    package let message: String
    /// The database file.
    package let path: String

    package init(code: Int32, message: String, path: String) {
        self.code = code
        self.message = message
        self.path = path
    }

    package var description: String { "\(path): \(message) (SQLite \(code))" }

    private var primary: Int32 { code & 0xff }

    /// A lock was not obtained in time; the statement did nothing.
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    /// A constraint (UNIQUE, CHECK, NOT NULL) refused the row. The transaction is still open.
    package var isConstraint: Bool { primary == SQLITE_CONSTRAINT }
    package var isFull: Bool { primary == SQLITE_FULL }
    package var isCorrupt: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// A sync to disk failed. No later commit of this process can be trusted (`Storage.md` 7).
    package var isSyncFailure: Bool {
        // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC are macros that Swift cannot import.
        code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8
    }
}
