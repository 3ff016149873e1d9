import Storage

/// Why a database could not do something. For the server's log, never for a client. What the server does then:
/// `Storage.md` 7.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// A lock was not obtained in time; nothing was done.
        case busy
        /// A constraint of the schema (UNIQUE, CHECK, NOT NULL) refused the row. The transaction is still open.
        case constraint
        /// A value is longer or larger than its column takes: another program's tables have limits. The transaction is
        /// still open.
        case doesNotFit
        /// The file is damaged, or no database at all.
        case damaged
        /// A sync failed: what was written may be lost, and no later commit of this process can be trusted.
        case lost
        /// The disk is full.
        case full
        /// The server is not there. Nothing was done, or it was undone.
        case unreachable
        /// The connection ended while a change was committed, and the server cannot be asked whether it was.
        case unknown
        /// A standby does not have yet what it was asked for.
        case behind
        case other
    }

    package let kind: Kind
    /// As in `Database.place`.
    package let database: String
    /// The engine's message.
    package let message: String
    package let description: String

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

    init(_ error: PostgreSQLError) {
        kind =
            if error.isOutcomeUnknown {
                .unknown
            } else if error.isBehind {
                .behind
            } else if error.isBusy {
                .busy
            } else if error.isOverflow {
                .doesNotFit
            } else if error.isConstraint {
                .constraint
            } else if error.isCorrupt {
                .damaged
            } else if error.isFull {
                .full
            } else if error.isUnreachable {
                .unreachable
            } else {
                .other
            }
        database = error.database
        message = error.message
        description = error.description
    }

    /// Whether it was the row that was refused, so that other jobs of its transaction may go on.
    package var isRefusal: Bool { kind == .constraint || kind == .doesNotFit }

    /// Runs `body`. Its `SQLiteError` or `PostgreSQLError` is thrown as a `StoreError`, any other error as it is.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw StoreError(error)
        } catch let error as PostgreSQLError {
            throw StoreError(error)
        }
    }
}
