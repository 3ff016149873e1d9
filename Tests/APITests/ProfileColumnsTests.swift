import API
import MailStore
import Storage
import Testing

/// Profiles show every column of their rows. What is declared of them is compared with the tables, so that publishing a
/// new column is a decision.
@Suite(.enabled(if: !NewState.isOnServer, "types are compared with those of files"))
struct ProfileColumnsTests {
    private static let profiles: [(table: String, columns: [Shape.Member])] = [
        ("domain", Shape.domainColumns), ("mailbox", Shape.mailboxColumns), ("admin", Shape.adminColumns),
        ("alias", Shape.aliasColumns), ("maillists", Shape.mailingListColumns),
    ]

    /// - Parameter column: an expression of `pragma_table_info`.
    private func column(_ expression: String, of table: String, in api: TestAPI) throws -> [String] {
        let secrets = Schema.secretColumns[table] ?? []
        let rows = try api.rows(
            SQL(trusted: "SELECT name, \(expression) FROM pragma_table_info(?) ORDER BY cid", [.text(table)]))
        return rows.map { $0.split(separator: "|").map(String.init) }
            .filter { !secrets.contains($0[0]) }
            .map { $0[1] }
    }

    @Test(arguments: profiles)
    func everyColumnButTheSecretOnesIsDeclared(_ table: String, _ columns: [Shape.Member]) throws {
        #expect(try column("name", of: table, in: TestAPI()) == columns.map(\.name))
    }

    @Test(arguments: profiles)
    func columnsAreDeclaredAsTheyAreStored(_ table: String, _ columns: [Shape.Member]) throws {
        let types = try column("type || iif(\"notnull\" OR pk, '', ' or NULL')", of: table, in: TestAPI())
        for (member, type) in zip(columns, types) where member.name != "settings" {
            #expect(member.shape.columnType == type, "\(table).\(member.name)")
        }
    }

    @Test func theSecretColumnsAreThere() throws {
        let api = try TestAPI()
        for (table, columns) in Schema.secretColumns {
            let file: StoreFile = table == "sessions" ? .api : .vmail
            let names = try api.connection(file).columns()[table]?.map(\.name) ?? []
            #expect(columns.subtracting(names) == [], "\(table)")
        }
    }
}

extension Shape {
    /// The SQL type of a column that is shown like this.
    fileprivate var columnType: String {
        switch kind {
        case .text, .word: "TEXT"
        case .number: "INTEGER"
        case .either(let shapes): shapes.map { $0.columnType }.joined(separator: " or ")
        case .null: "NULL"
        case .decimal, .flag, .list, .object, .openObject, .table: "none"
        }
    }
}
