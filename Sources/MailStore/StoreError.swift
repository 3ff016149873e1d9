import SQLite

/// What a database could not do, whichever engine keeps it. For the log, never for a client.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// A lock was not obtained in time; nothing was done.
        case busy
        /// A rule of the schema (UNIQUE, CHECK, NOT NULL) refused the row; the transaction goes on.
        case constraint
        /// What is stored is damaged, or is no database at all.
        case damaged
        /// The disk did not keep what was written. The kernel may report the next sync as good although data was lost, so
        /// no later commit of this process can be trusted.
        case lost
        /// There is no room left on the disk.
        case full
        case other
    }

    package let kind: Kind
    /// Where it happened: the path of the file.
    package let database: String
    /// What the engine says of it.
    package let message: String
    package let description: String

    /// - Parameters:
    ///   - database: where it happened.
    ///   - message: what the engine says of it.
    package init(_ kind: Kind, _ database: String, _ message: String) {
        self.kind = kind
        self.database = database
        self.message = message
        description = "\(database): \(message)"
    }

    init(_ error: SQLiteError) {
        kind =
            if error.isBusy {
                .busy
            } else if error.isConstraint {
                .constraint
            } else if error.isCorrupt {
                .damaged
            } else if error.isSyncFailure {
                .lost
            } else if error.isFull {
                .full
            } else {
                .other
            }
        database = error.path
        message = error.message
        description = error.description
    }

    /// Runs `body` and throws what SQLite refuses as a `StoreError`; everything else as it is.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw StoreError(error)
        }
    }
}
