package import MailStore

/// What a mail program may do with a table on a PostgreSQL server.
///
/// Each configuration says beside its queries what they need, as `grants`; nothing else is granted. So Postfix, amavisd
/// and iRedAPD see no password, and nobody but Postern the database `postern`.
package struct DatabaseGrant: Sendable, Equatable {
    package enum Right: String, Sendable {
        case select = "SELECT"
        case insert = "INSERT"
        case update = "UPDATE"
        case delete = "DELETE"
    }

    package let role: DatabaseRole
    package let database: ServerDatabase
    package let table: String
    /// Nil for the whole table, and the columns it will have.
    package let columns: [String]?
    package let rights: [Right]
    /// Whether the server numbers the rows that are inserted: the sequence of the column `id` is needed, too.
    package let numbersRows: Bool

    init(
        _ role: DatabaseRole, _ database: ServerDatabase, _ table: String, _ columns: [String]? = nil,
        _ rights: [Right] = [.select], numbersRows: Bool = false
    ) {
        self.role = role
        self.database = database
        self.table = table
        self.columns = columns
        self.rights = rights
        self.numbersRows = numbersRows
    }

    /// What all mail programs need.
    package static let all =
        PostfixConfiguration.grants + DovecotConfiguration.grants + AmavisdConfiguration.grants + IRedAPD.grants

    /// The role that Postern works as, with the name of its system user. It may do everything with the rows, and
    /// nothing with the tables.
    package static let writer = "postern"

    /// How many connections a mail program may have, until the operator sets another number: not all that Debian's
    /// server accepts, or one of them could keep Postern out.
    package static let connectionLimit = 60

    /// Makes the roles that are missing. They may log in and have no password.
    package static let roleStatements = ([writer] + DatabaseRole.allCases.map(\.rawValue)).map(creation)

    /// The statement that makes a role of Postern's or a mail program's when it is missing.
    package static func creation(of role: String) -> String {
        """
        DO $$
        BEGIN
          CREATE ROLE \(quoted(role)) LOGIN CONNECTION LIMIT \(role == writer ? -1 : connectionLimit);
        EXCEPTION
          WHEN duplicate_object OR unique_violation THEN NULL;
        END
        $$
        """
    }

    /// The programs that use a database.
    package static func users(of database: ServerDatabase) -> [DatabaseRole] {
        DatabaseRole.allCases.filter { role in all.contains { $0.role == role && $0.database == database } }
    }

    /// Gives the programs in one database the rights listed here, and takes from them and from everybody else those
    /// that are not. To be run there, by the owner, when the tables are there, in one transaction: in between the
    /// programs would have no rights.
    ///
    /// - Parameters:
    ///   - name: of the database.
    ///   - roles: those that exist; the programs that use the database must be among them.
    package static func statements(
        for database: ServerDatabase, named name: String, roles: [DatabaseRole] = DatabaseRole.allCases
    ) -> [String] {
        var statements = [
            "REVOKE ALL ON DATABASE \(quoted(name)) FROM PUBLIC", "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
        ]
        for role in roles {
            statements += [
                "REVOKE ALL ON DATABASE \(quoted(name)) FROM \(quoted(role.rawValue))",
                "REVOKE ALL ON SCHEMA public FROM \(quoted(role.rawValue))",
                "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM \(quoted(role.rawValue))",
                "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM \(quoted(role.rawValue))",
            ]
        }
        for user in users(of: database).map(\.rawValue) + [writer] {
            statements += [
                "GRANT CONNECT ON DATABASE \(quoted(name)) TO \(quoted(user))",
                "GRANT USAGE ON SCHEMA public TO \(quoted(user))",
            ]
        }
        statements += all.filter { $0.database == database }.flatMap(\.statements)
        statements += [
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \(quoted(writer))",
            "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO \(quoted(writer))",
        ]
        return statements
    }

    private var statements: [String] {
        let list = columns.map { " (\($0.map(Self.quoted).joined(separator: ", ")))" } ?? ""
        let rights = rights.map { $0.rawValue + list }.joined(separator: ", ")
        let table = "GRANT \(rights) ON public.\(Self.quoted(table)) TO \(Self.quoted(role.rawValue))"
        guard numbersRows else { return [table] }
        return [
            table,
            "GRANT USAGE ON SEQUENCE public.\(Self.quoted("\(self.table)_id_seq")) TO \(Self.quoted(role.rawValue))",
        ]
    }

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}
