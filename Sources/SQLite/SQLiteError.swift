import CSQLite

/// What SQLite answered instead of doing what it was asked. For the log, never for a client.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    package let code: Int32
    package let message: String
    /// The file it happened on.
    package let path: String

    package init(code: Int32, message: String, path: String) {
        self.code = code
        self.message = message
        self.path = path
    }

    package var description: String { "\(path): \(message) (SQLite \(code))" }

    private var primary: Int32 { code & 0xff }

    /// A lock was not obtained in time; nothing was done.
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    /// A UNIQUE, CHECK or NOT NULL rule refused the row; the transaction goes on.
    package var isConstraint: Bool { primary == SQLITE_CONSTRAINT }
    package var isFull: Bool { primary == SQLITE_FULL }
    package var isCorrupt: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// A sync to disk failed. The kernel may report the next one as good although data was lost,
    /// so no later commit of this process can be trusted.
    package var isSyncFailure: Bool {
        // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC are macros that Swift cannot import.
        code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8
    }
}
