/// A place in the log that a primary writes and its standbys repeat.
package struct LogPosition: Sendable, Equatable {
    /// Whose log it is: the system identifier of primary and standbys, and the timeline, which is another one after each
    /// take-over.
    let history: String
    /// As PostgreSQL writes a `pg_lsn`, e.g. `0/16B3748`.
    let place: String
}
