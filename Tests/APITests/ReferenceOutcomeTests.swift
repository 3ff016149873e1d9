import Gateway
import MailStore
import Storage
import Synchronization
import Testing

/// Whoever goes or gets another name: each row that names him is afterwards what the column's role says, and every
/// other row is as it was.
struct ReferenceOutcomeTests {
    /// What lies in one file: the rows of each table, by column.
    private typealias Rows = [String: [[String: String]]]

    private static let world = Result { try ReferenceWorld.state() }
    /// Without promises of others, a domain's deletion is done in the request itself.
    private static let worldWithoutPromises = Result { try ReferenceWorld.state(leavingOut: ["long_changes"]) }

    /// Columns that any change may write.
    private static let silent: Set<String> = ["modified"]
    /// Tables to which a deletion or the log adds rows.
    private static let growing: Set<String> = ["log", "deleted_mailboxes"]

    @Test(arguments: ReferenceEvent.deletions)
    func whatNamesOneThatIsDeletedIsAsItsRoleSays(_ event: ReferenceEvent) throws {
        try compare(event, in: Self.world.get())
    }

    @Test(arguments: ReferenceEvent.renamings)
    func whatNamesOneThatGetsAnotherAddressIsAsItsRoleSays(_ event: ReferenceEvent) throws {
        try compare(event, in: Self.world.get())
    }

    @Test func whatNamesADomainThatIsDeletedAtOnceIsAsItsRoleSays() throws {
        try compare(.deletionOfDomain, in: Self.worldWithoutPromises.get())
    }

    /// Another domain is being changed as a whole: this one waits for its turns.
    @Test func whatNamesADomainThatIsDeletedInTurnsIsAsItsRoleSays() throws {
        try compare(.deletionOfDomain, in: Self.world.get())
    }

    /// A name that nobody has proved may be anybody's: only what is in the domain itself goes.
    @Test(
        arguments: ReferenceEvent.deletions.filter { $0.target.hasSuffix("@\(ReferenceWorld.domains[0])") }
            + [.deletionOfDomain])
    func whatOthersSayOfADomainThatWaitsStays(_ event: ReferenceEvent) throws {
        let api = try TestAPI(on: Self.world.get())
        let domain = ReferenceWorld.domains[0]
        try api.run("UPDATE domain SET active = 0 WHERE domain = \(domain)")
        try api.run(
            "INSERT INTO domain_ownership (admin, domain, expire) VALUES ('x@y.example', \(domain), 2000000000)")
        try compare(event.inWaitingDomain, in: NewState(of: api))
    }

    /// Else a column would be compared with nothing.
    @Test func everyDeclaredColumnNamesAVictim() throws {
        let api = try TestAPI(on: Self.world.get())
        let events = ReferenceEvent.deletions + [ReferenceEvent.deletionOfDomain]
        for file in StoreFile.allCases {
            let rows = try rows(of: file, api)
            for table in ReferenceWorld.references(for: file) {
                for reference in table.columns where ReferenceWorld.isPlanted(reference, in: table.table) {
                    #expect(
                        rows[table.table, default: []].contains { row in
                            events.contains { $0.isNamed(by: reference, in: row) }
                        }, "\(table.table).\(reference.column)")
                }
            }
        }
    }

    private func compare(_ event: ReferenceEvent, in state: NewState) throws {
        let api = try TestAPI(on: state)
        let admin = try api.globalAdmin()
        let before = try StoreFile.allCases.map { try rows(of: $0, api) }
        try admin.done(event.method, event.target, event.form)
        for (file, before) in zip(StoreFile.allCases, before) {
            let after = try rows(of: file, api)
            for table in ReferenceWorld.references(for: file) {
                let expected = before[table.table, default: []].filter { isComparable($0, table, event) }
                    .compactMap { event.fate(of: $0, in: table) }
                let found = after[table.table, default: []].filter { isComparable($0, table, event) }
                let (missing, unexpected) = Self.difference(expected, found)
                #expect(missing == [], "gone or changed in \(table.table)")
                if !Self.growing.contains(table.table) { #expect(unexpected == [], "left in \(table.table)") }
            }
        }
    }

    /// The sums of the domains in question change with what is in them.
    private func isComparable(_ row: [String: String], _ table: TableReferences, _ event: ReferenceEvent) -> Bool {
        !table.columns.contains { $0.role == .sum && event.domainsWithOtherSums.contains(row[$0.column] ?? "") }
    }

    private func rows(of file: StoreFile, _ api: TestAPI) throws -> Rows {
        try Dictionary(
            uniqueKeysWithValues: ReferenceWorld.references(for: file).map {
                ($0.table, try api.table($0.table, in: file))
            })
    }

    /// As lines to read, which of the rows are only in one of the two.
    private static func difference(
        _ expected: [[String: String]], _ found: [[String: String]]
    ) -> (missing: [String], unexpected: [String]) {
        func lines(_ rows: [[String: String]]) -> [String] {
            rows.map { row in
                row.filter { !silent.contains($0.key) }.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            }
        }
        var left = Dictionary(grouping: lines(found), by: \.self).mapValues(\.count)
        let missing = lines(expected).filter { line in
            guard let count = left[line], count > 0 else { return true }
            left[line] = count - 1
            return false
        }
        return (missing.sorted(), left.filter { $0.value > 0 }.keys.sorted())
    }
}

extension TestAPI {
    /// The rows of a table: text by column, NULL as `NULL`.
    func table(_ name: String, in file: StoreFile) throws -> [[String: String]] {
        let connection = try connection(file)
        return try connection.all(SQL(trusted: "SELECT * FROM \(name)")) { row in
            Dictionary(
                uniqueKeysWithValues: (0..<row.columnCount).map { index in
                    (row.name(index), row.isNull(index) ? "NULL" : row.text(index))
                })
        }
    }
}
