/// An error of PostgreSQL or its client library. For the log, never for a client.
package struct PostgreSQLError: Error, Sendable, CustomStringConvertible {
    /// The five characters of https://www.postgresql.org/docs/15/errcodes-appendix.html; empty when the server has not
    /// said any.
    package let sqlState: String
    package let message: String
    /// The name of the database; empty when none is concerned.
    package let database: String
    /// Whether the connection is gone; what it had not committed is undone.
    package let isLost: Bool
    /// Whether a commit may have happened or not, and the server cannot be asked.
    package let isOutcomeUnknown: Bool
    /// Whether a standby does not have yet what it was asked for.
    package let isBehind: Bool

    package init(
        _ message: String, sqlState: String = "", database: String = "", isLost: Bool = false,
        isOutcomeUnknown: Bool = false, isBehind: Bool = false
    ) {
        // libpq ends its messages with a newline, and may say several lines.
        self.message = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
        self.sqlState = sqlState
        self.database = database
        self.isLost = isLost
        self.isOutcomeUnknown = isOutcomeUnknown
        self.isBehind = isBehind
    }

    package var description: String {
        let place = database.isEmpty ? "PostgreSQL" : "PostgreSQL, database \(database)"
        return sqlState.isEmpty ? "\(place): \(message)" : "\(place): \(message) (SQLSTATE \(sqlState))"
    }

    private func isOfClass(_ first: String) -> Bool { sqlState.hasPrefix(first) }

    /// A lock was not obtained in time, or two transactions waited for each other. What the job did must be undone.
    package var isBusy: Bool { ["55P03", "40P01", "40001", "57014"].contains(sqlState) }
    /// A constraint (UNIQUE, CHECK, NOT NULL) or a type refused the row.
    package var isConstraint: Bool { isOfClass("23") || isOfClass("22") }
    /// STRING_DATA_RIGHT_TRUNCATION, NUMERIC_VALUE_OUT_OF_RANGE: a value is longer or larger than its type.
    package var isOverflow: Bool { sqlState == "22001" || sqlState == "22003" }
    /// The columns of a prepared statement's result are not what they were.
    var isStalePlan: Bool { sqlState == "0A000" && message.contains("cached plan") }
    package var isFull: Bool { sqlState == "53100" }
    package var isCorrupt: Bool { isOfClass("XX") }
    /// The server is not there: it stops, starts, is no primary, or has no connection left.
    package var isUnreachable: Bool {
        isLost || isOfClass("08") || isOfClass("57P") || sqlState == "53300" || sqlState == "25006"
    }
}
