import Foundation
import MailStore
import Storage
import Support
import Testing

/// Every table says whom it names.
struct ReferencesTests {
    /// The tables of a new file: name, and the columns with their types.
    private static func tables(of file: StoreFile) throws -> [String: [String: String]] {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/new.db"
        try directory.write("new.db", "")
        try Migrator.fill(file, at: path)
        let columns = try SQLiteConnection(path, .reader).all(
            """
            SELECT t.name, c.name, c.type
              FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            """
        ) { (table: $0.text(0), column: $0.text(1), type: $0.text(2)) }
        return Dictionary(grouping: columns, by: \.table).mapValues { columns in
            Dictionary(uniqueKeysWithValues: columns.map { ($0.column, $0.type) })
        }
    }

    @Test(arguments: StoreFile.allCases)
    func everyTableIsDeclaredOnce(_ file: StoreFile) throws {
        #expect(try Schema.references(for: file).map(\.table).sorted() == Self.tables(of: file).keys.sorted())
    }

    @Test(arguments: StoreFile.allCases)
    func everyDeclaredColumnExistsAndHoldsText(_ file: StoreFile) throws {
        let tables = try Self.tables(of: file)
        for declared in Schema.references(for: file) {
            let columns = try #require(tables[declared.table])
            for reference in declared.columns {
                let place = "\(declared.table).\(reference.column)"
                #expect(columns[reference.column] == "TEXT", "\(place)")
                #expect(reference.names.isEmpty == (reference.role == .nobody), "\(place)")
                for condition in [reference.condition, reference.leftovers].compactMap({ $0 }) {
                    #expect(columns[condition.column] != nil, "\(place): \(condition.column)")
                }
                for case .domainOf(let other) in reference.names {
                    #expect(declared.columns.contains { $0.column == other }, "\(place): domain of \(other)")
                }
            }
        }
    }

    /// A new column whose name sounds like somebody's must say whose, or that it is nobody's.
    @Test(arguments: StoreFile.allCases)
    func everyColumnThatSoundsLikeSomebodyIsDeclared(_ file: StoreFile) throws {
        for (table, columns) in try Self.tables(of: file) {
            let declared = Schema.references(for: file).first { $0.table == table }?.columns.map(\.column) ?? []
            for (column, type) in columns where type == "TEXT" && Self.soundsLikeSomebody(column) {
                #expect(declared.contains(column), "\(table).\(column)")
            }
        }
    }

    private static func soundsLikeSomebody(_ column: String) -> Bool {
        let words = column.split(separator: "_").map(String.init)
        return column == "policy_name" || words.contains(where: wordsForSomebody.contains)
    }

    private static let wordsForSomebody: Set<String> = [
        "account", "address", "admin", "domain", "email", "forwarding", "mail", "member", "moderator", "owner", "rcpt",
        "reach", "recipient", "sasl", "sender", "subscriber", "user", "username",
    ]

    /// With `POSTERN_RECORD=1` the page gets the table as it is declared now.
    @Test func theDocumentationHasTheTableAsDeclared() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/postern/Documentation.docc/Storage.md")
        let page = try String(contentsOf: url, encoding: .utf8)
        let start = try #require(page.range(of: "<!-- references -->\n"))
        let end = try #require(page.range(of: "<!-- /references -->"))
        let table = Schema.referencesTable()
        guard page[start.upperBound..<end.lowerBound] != table else { return }
        guard ProcessInfo.processInfo.environment["POSTERN_RECORD"] == "1" else {
            Issue.record(
                "Storage.md 6 has another table: POSTERN_RECORD=1 Tests/run --filter ReferencesTests writes it")
            return
        }
        let written = page[..<start.upperBound] + table + page[end.lowerBound...]
        try String(written).write(to: url, atomically: true, encoding: .utf8)
    }
}
