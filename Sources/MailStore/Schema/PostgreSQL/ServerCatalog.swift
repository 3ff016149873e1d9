import Storage

/// What a PostgreSQL server has besides its tables, and statements outside of a transaction: a connection to the database
/// that every server has.
///
/// Functions throw `StoreError`.
package struct ServerCatalog {
    private let engine: Engine

    package init(of state: ServerState) throws {
        engine = try StoreError.translating {
            .postgresql(try PostgreSQLConnection(state.server, database: "postgres", .owner))
        }
    }

    private func isThere(_ query: SQL) throws -> Bool {
        try StoreError.translating { try engine.first(query) { _ in true } ?? false }
    }

    package func hasDatabase(_ name: String) throws -> Bool {
        try isThere("SELECT 1 FROM pg_database WHERE datname = \(name)")
    }

    package func hasRole(_ name: String) throws -> Bool {
        try isThere("SELECT 1 FROM pg_roles WHERE rolname = \(name)")
    }

    /// Whether whoever is connected may do everything.
    package func isSuperuser() throws -> Bool {
        try isThere("SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper")
    }

    /// Whether somebody is connected as a role, or to a database.
    package func isUsed(role: String, database: String) throws -> Bool {
        try isThere("SELECT 1 FROM pg_stat_activity WHERE usename = \(role) OR datname = \(database)")
    }

    package func run(_ statement: String) throws { try StoreError.translating { try engine.script(statement) } }
}
