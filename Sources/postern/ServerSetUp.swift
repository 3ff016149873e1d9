import MailStore
import Neighbours

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
        let state = try ServerState(connection, user: nil)
        do {
            try ServerMigrator.makeDatabases(state, owner: owner)
            for database in ServerDatabase.allCases where try ServerMigrator.holdsTables(database, in: state) {
                throw ExitError(
                    "the database \(state.name(of: database)) holds tables: a state is made only where there is none. "
                        + "What a failed attempt has left goes with DROP DATABASE",
                    code: .unusableData)
            }
            try ServerMigrator.run(DatabaseGrant.roleStatements, in: state, .vmail)
            try ServerMigrator.fill(state, owner: owner, greylisting: greylisting)
            try grant(state)
            try fill(.server(state))
        } catch let error as StoreError {
            throw exitError(error)
        }
        return "at the server \(state)"
    }

    /// Brings databases of an older version up to date.
    /// - Parameter connection: as the owner, or somebody who may become it; with databases of iRedMail's, a superuser.
    /// - Returns: the names of those that were changed, for a message.
    static func update(_ connection: String) throws -> String {
        let state = try ServerState(connection, user: nil)
        do {
            let adopted = try ServerDatabase.allCases.filter { try adoption(of: $0, in: state).isAdopted() }
            if !adopted.isEmpty {
                try requireSuperuser(ServerCatalog(of: state))
            }
            let own = ServerDatabase.allCases.filter { !adopted.contains($0) }
            let updated = try ServerMigrator.update(state, own, owner: owner) + bringUpToDate(adopted, in: state)
            try grant(state, own)
            return updated.map { state.name(of: $0) }.joined(separator: ", ")
        } catch let error as StoreError {
            throw exitError(error)
        } catch let failure as ServerMigrator.Failure {
            throw ExitError(failure.description, code: .configuration)
        }
    }

    /// Gives each program what it needs, and nothing else.
    private static func grant(_ state: ServerState, _ databases: [ServerDatabase] = ServerDatabase.allCases) throws {
        let catalog = try ServerCatalog(of: state)
        // On an iRedMail server the mail programs have other roles.
        let roles = try DatabaseRole.allCases.filter { try catalog.hasRole($0.rawValue) }
        for database in databases {
            try ServerMigrator.run(
                DatabaseGrant.statements(for: database, named: state.name(of: database), roles: roles), in: state,
                database)
        }
    }

    static func exitError(_ error: StoreError) -> ExitError {
        ExitError("\(error)", code: error.kind == .unreachable ? .inputOutput : .configuration)
    }
}
