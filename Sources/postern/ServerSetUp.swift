import MailStore
import Storage

/// `postern init --database`: databases, roles, tables and grants at a PostgreSQL server.
enum ServerSetUp {
    /// The role that Postern works as.
    static let writer = "postern"

    /// - Parameters:
    ///   - connection: as somebody who may make databases and roles.
    ///   - fill: puts the first rows into the finished databases.
    /// - Returns: where the state is, for a message.
    /// - Throws: before anything is changed, when one of the databases holds tables already.
    static func make(
        _ connection: String, greylisting: Bool, fill: (StatePlace) throws -> Void
    ) throws -> String {
        let state = ServerState(PostgreSQLServer(connection))
        do {
            try ServerMigrator.makeDatabases(state)
            for files in ServerMigrator.databases where try ServerMigrator.holdsTables(files, in: state) {
                throw ExitError(
                    "the database \(state.database(of: files[0])) holds tables: a state is made only where there is none",
                    code: .unusableData)
            }
            try ServerMigrator.makeRoles([writer], state)
            try ServerMigrator.fill(state, greylisting: greylisting)
            for files in ServerMigrator.databases { try ServerMigrator.run(grants(files, state), in: state, files[0]) }
            try fill(.server(state))
        } catch let error as StoreError {
            throw ExitError("\(error)", code: error.kind == .unreachable ? .inputOutput : .configuration)
        }
        return "at the server \(state)"
    }

    private static func grants(_ files: [StoreFile], _ state: ServerState) -> [String] {
        let name = ServerMigrator.quoted(state.database(of: files[0]))
        return [
            "REVOKE ALL ON DATABASE \(name) FROM PUBLIC", "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "GRANT CONNECT ON DATABASE \(name) TO \(writer)", "GRANT USAGE ON SCHEMA public TO \(writer)",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \(writer)",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO \(writer)",
            "REVOKE INSERT, UPDATE, DELETE ON postern_schema FROM \(writer)",
        ]
    }
}
