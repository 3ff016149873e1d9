import MailStore
import Neighbours
import Storage

/// What the printed files make Postfix and Dovecot find for a fixed list of addresses, domains and senders, asked of
/// the database as they ask it.
///
/// One statement a table for all keys: `'%s'` and the like become columns of a list of keys.
struct DelegationRouting {
    private let connection: Engine
    private let queries: [(name: String, query: SQL)]

    /// - Parameters:
    ///   - keys: domains, `user@domain` and `@domain`.
    ///   - users: who may log in at Dovecot.
    init(_ api: TestAPI, keys: [String], users: [String]) throws {
        connection = try api.connection(.vmail, writes: NewState.isOnServer)
        // Only for the list of keys: a file itself is open for reading.
        if case .sqlite = connection { try connection.script("PRAGMA query_only=0") }
        try connection.script(
            "CREATE TEMP TABLE keys (s TEXT, u TEXT, d TEXT); CREATE TEMP TABLE users_to_ask (s TEXT)")
        for key in keys {
            let parts = key.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isAddress = parts.count == 2 && !parts[0].isEmpty
            try connection.execute(
                """
                INSERT INTO keys VALUES (\(key), \(isAddress ? parts[0] : nil), \(isAddress ? parts[1] : nil))
                """)
        }
        for user in users { try connection.execute("INSERT INTO users_to_ask VALUES (\(user))") }
        let databases: ConfiguredDatabases =
            switch api.place {
            case .files(let directory): .files(stateDirectory: directory)
            case .server: .server(PostgreSQLAccess(hosts: []))
            }
        queries = try Self.postfix(databases, connection) + Self.dovecot(databases, connection)
    }

    /// For every table, a line for each key that finds something.
    func answers() throws -> [DelegationPart] {
        try queries.map { name, query in
            DelegationPart(
                name: "routing by \(name)",
                text: try connection.first(query) { $0.text(0) } ?? "")
        }
    }

    private static func postfix(_ databases: ConfiguredDatabases, _ connection: Engine) throws -> [(String, SQL)] {
        try PostfixConfiguration(databases: databases).files.compactMap { file in
            guard let name = file.name.wholeMatch(of: /(?:sqlite|pgsql)-(.+)\.cf/)?.output.1 else { return nil }
            guard let start = file.text.firstRange(of: "\nquery =") else { throw Unreadable(text: file.text) }
            let text = String(file.text[start.upperBound...])
            let query = text.replacing("'%s'", with: "keys.s").replacing("'%u'", with: "keys.u")
                .replacing("'%d'", with: "keys.d")
            // Postfix does not send a query that asks for a part the key lacks.
            let needsParts = text.contains("%u") || text.contains("%d")
            return try statement(
                String(name), query, for: "keys", where: needsParts ? "u IS NOT NULL" : "1 = 1", connection)
        }
    }

    private static func dovecot(_ databases: ConfiguredDatabases, _ connection: Engine) throws -> [(String, SQL)] {
        let files = DovecotConfiguration(for: .v2_3, databases: databases).files
        guard let file = files.first(where: { $0.name == "dovecot-sql.conf.ext" }) else { throw Unreadable(text: "") }
        let text = file.text.replacing("\\\n", with: " ")
        return try ["password_query", "user_query"].flatMap { name in
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name) = ") }) else {
                throw Unreadable(text: text)
            }
            return try ["imap", "smtpsecured", "pop3secured", "lda"].map { service in
                let query = String(line.dropFirst("\(name) = ".count)).replacing("'%Lu'", with: "users_to_ask.s")
                    .replacing("%Ls%Lc", with: service)
                // One column for all that is found.
                guard let end = query.firstRange(of: " FROM mailbox ") else { throw Unreadable(text: query) }
                let columns = query[..<end.lowerBound].dropFirst("SELECT ".count).replacing(/\ AS [a-z_]+/, with: "")
                let array =
                    switch connection {
                    case .sqlite: "json_array(\(columns))"
                    case .postgresql: "CAST(json_build_array(\(columns)) AS TEXT)"
                    }
                return try statement(
                    "\(name) \(service)", "SELECT \(array)\(query[end.lowerBound...])", for: "users_to_ask",
                    where: "1 = 1", connection)
            }
        }
    }

    private static func statement(
        _ name: String, _ query: String, for table: String, where condition: String, _ connection: Engine
    ) throws -> (String, SQL) {
        guard !query.contains("%") else { throw Unreadable(text: query) }
        return (
            name,
            SQL(
                trusted: """
                    SELECT \(connection.joined("line", by: "\n"))
                      FROM (SELECT s || ' is '
                                     || (WITH found (value) AS (\(query))
                                         SELECT \(connection.joined("value", by: " "))
                                           FROM (SELECT value FROM found ORDER BY 1) AS sorted) AS line
                              FROM \(table) WHERE \(condition)) AS lines
                    """)
        )
    }

    /// A printed file is not as this reads it.
    struct Unreadable: Error { let text: String }
}
