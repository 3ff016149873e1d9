import API
import MailStore
import Storage
import Testing

/// Profiles show every column of their rows. What is declared of them is compared with the tables, so that publishing a
/// new column is a decision.
struct ProfileColumnsTests {
    private static let profiles: [(table: String, columns: [Shape.Member])] = [
        ("domain", Shape.domainColumns), ("mailbox", Shape.mailboxColumns), ("admin", Shape.adminColumns),
        ("alias", Shape.aliasColumns), ("maillists", Shape.mailingListColumns),
    ]

    /// Name, and type with whether it may be NULL, of the columns that are no secret.
    private func columns(of table: String) throws -> [(name: String, type: String)] {
        let api = try TestAPI()
        let secrets = Schema.secretColumns[table] ?? []
        let query =
            switch api.place {
            case .files:
                """
                SELECT name, type || iif("notnull" OR pk, '', ' or NULL') FROM pragma_table_info(?) ORDER BY cid
                """
            case .server:
                // Times are told as texts, and numbers of every size are one type.
                """
                SELECT attname, CASE typcategory WHEN 'N' THEN 'INTEGER' ELSE 'TEXT' END
                                || CASE WHEN attnotnull THEN '' ELSE ' or NULL' END
                  FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
                 WHERE attrelid = CAST(CAST(? AS TEXT) AS regclass) AND attnum > 0 AND NOT attisdropped
                 ORDER BY attnum
                """
            }
        return try api.connection().all(SQL(trusted: query, [.text(table)])) { (name: $0.text(0), type: $0.text(1)) }
            .filter { !secrets.contains($0.name) }
    }

    @Test(arguments: profiles)
    func everyColumnButTheSecretOnesIsDeclared(_ table: String, _ declared: [Shape.Member]) throws {
        #expect(try columns(of: table).map(\.name) == declared.map(\.name))
    }

    @Test(arguments: profiles)
    func columnsAreDeclaredAsTheyAreStored(_ table: String, _ declared: [Shape.Member]) throws {
        for (member, column) in zip(declared, try columns(of: table)) where member.name != "settings" {
            #expect(member.shape.columnType == column.type, "\(table).\(member.name)")
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
