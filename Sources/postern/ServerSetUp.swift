import MailStore
import Neighbours
import Storage

/// `postern init --database`: databases, roles, tables and rights at a PostgreSQL server.
enum ServerSetUp {
    /// The role that owns the databases and their tables. Nobody logs in as it.
    static let owner = "postern_owner"

    /// - Parameters:
    ///   - connection: as somebody who may make databases and roles.
    ///   - fill: puts the first rows into the finished databases.
    /// - Returns: where the state is, for a message.
    /// - Throws: with nothing but empty databases made, when one of them holds tables already.
    static func make(
        _ connection: String, greylisting: Bool, fill: (StatePlace) throws -> Void = { _ in }
    ) throws -> String {
        let state = ServerState(PostgreSQLServer(connection))
        do {
            try ServerMigrator.makeDatabases(state, owner: owner)
            for database in ServerDatabase.allCases where try ServerMigrator.holdsTables(database, in: state) {
                throw ExitError(
                    "the database \(state.name(of: database)) holds tables: a state is made only where there is none",
                    code: .unusableData)
            }
            try ServerMigrator.run(DatabaseGrant.roleStatements, in: state, .vmail)
            try ServerMigrator.fill(state, owner: owner, greylisting: greylisting)
            for database in ServerDatabase.allCases {
                try ServerMigrator.run(
                    DatabaseGrant.statements(for: database, named: state.name(of: database)), in: state, database)
            }
            try fill(.server(state))
        } catch let error as StoreError {
            throw ExitError("\(error)", code: error.kind == .unreachable ? .inputOutput : .configuration)
        }
        return "at the server \(state)"
    }
}
