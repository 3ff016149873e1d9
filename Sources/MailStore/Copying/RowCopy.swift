import Storage

/// Copies the rows of a state from one place to another, whichever engine they are in: for backups of databases at a
/// server, and for moving between engines.
package enum RowCopy {
    /// Why rows cannot be taken over: one sentence.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The tables of a file that are copied. Sums are left out: triggers keep them.
    package static func tables(of file: StoreFile) -> [String] {
        Schema.references(for: file).filter { table in !table.columns.contains { $0.role == .sum } }.map(\.table)
    }

    /// How many rows are read and written at once.
    private static let pageSize = 200

    /// Replaces the rows of a file's tables, in the transaction of `target`'s job; the caller commits. Columns that only
    /// one side has are left out, or get their default; so are tables.
    ///
    /// - Parameters:
    ///   - source: reads from a snapshot, so that what it gives is of one moment.
    ///   - leavingOut: tables that are emptied only.
    ///   - progress: called now and then with the number of rows copied so far.
    /// - Returns: what was copied.
    /// - Throws: `Failure` when the target does not take a row, or afterwards has others than the source.
    static func replaceRows(
        of file: StoreFile, from source: Database, in target: Database, leavingOut: Set<String> = [],
        progress: (_ rows: Int) -> Void
    ) throws -> Int {
        var count = 0
        for name in tables(of: file) {
            guard try !target.columns(of: name).isEmpty else { continue }
            try target.change(SQL(trusted: "DELETE FROM \(name)"))
            guard !leavingOut.contains(name), let table = try Table(name, source, target) else { continue }
            var copied = RowDigest()
            try table.forEachPage(of: source) { rows in
                do {
                    _ = try target.changedRows(table.insertion(of: rows))
                } catch let error as StoreError where error.isRefusal || error.kind == .other {
                    throw Failure(
                        description: "a row of \(name), from \(table.name(of: rows)) on, is not taken: \(error.message)"
                    )
                }
                copied.add(rows)
                count += rows.count
                progress(count)
            }
            try table.copyCounter(from: source, to: target)
            var stored = RowDigest()
            try table.forEachPage(of: target) { stored.add($0) }
            guard stored == copied else {
                throw Failure(description: "\(name) has other rows than were copied: \(stored), and \(copied) were")
            }
        }
        return count
    }

    /// Tells one set of rows from another.
    private struct RowDigest: Equatable, CustomStringConvertible {
        private var rows = 0
        private var sum = 0

        mutating func add(_ page: [[SQL.Value]]) {
            rows += page.count
            for row in page { sum = sum &+ row.hashValue }
        }

        var description: String { "\(rows) rows" }
    }

    /// A table that both sides have.
    private struct Table {
        private let name: String
        private let columns: [TableColumn]
        private let keys: [Int]
        /// What stands for NULL where the target takes none: another program's tables may have it.
        private let fallbacks: [SQL.Value]

        init?(_ name: String, _ source: Database, _ target: Database) throws {
            let there = Dictionary(uniqueKeysWithValues: try target.columns(of: name).map { ($0.name, $0) })
            let columns = try source.columns(of: name).filter { there[$0.name] != nil }
            guard !columns.isEmpty else { return nil }
            self.name = name
            self.columns = columns
            keys = columns.indices.filter { columns[$0].isKey }
            fallbacks = columns.map { column in
                there[column.name].flatMap { $0.isNullable ? nil : $0.fallback } ?? .null
            }
        }

        private func list(_ columns: some Sequence<TableColumn>) -> String {
            columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
        }

        /// Calls `body` with the rows, in the order of the key.
        func forEachPage(of database: Database, _ body: ([[SQL.Value]]) throws -> Void) throws {
            let key = list(keys.map { columns[$0] })
            var after: [SQL.Value]?
            while true {
                let places = keys.map { _ in "?" }.joined(separator: ", ")
                let condition = after == nil ? "" : "WHERE (\(key)) > (\(places))"
                let rows = try database.all(
                    SQL(
                        trusted: "SELECT \(list(columns)) FROM \(name) \(condition) ORDER BY \(key) LIMIT \(pageSize)",
                        after ?? [])
                ) { row in columns.enumerated().map { value(of: row, $0, $1.kind) } }
                guard let last = rows.last else { return }
                try body(rows)
                guard rows.count == pageSize else { return }
                let next = keys.map { last[$0] }
                // What another program has written as a blob comes before and after itself.
                guard next != after else {
                    throw Failure(description: "\(name) has a key that is no text: \(self.name(of: [last]))")
                }
                after = next
            }
        }

        private func value(of row: Row, _ index: Int, _ kind: TableColumn.Kind) -> SQL.Value {
            switch row.cell(index) {
            case .null: fallbacks[index]
            case .integer(let number): kind == .real ? .real(Double(number)) : .integer(number)
            case .real(let number): .real(number)
            case .text: .text(row.text(index))
            }
        }

        func insertion(of rows: [[SQL.Value]]) -> SQL {
            let places = "(\(columns.map { _ in "?" }.joined(separator: ", ")))"
            return SQL(
                trusted: """
                    INSERT INTO \(name) (\(list(columns))) VALUES \
                    \(rows.map { _ in places }.joined(separator: ", "))
                    """, rows.flatMap(\.self))
        }

        /// The key of the first of some rows, for a message.
        func name(of rows: [[SQL.Value]]) -> String {
            keys.map { index in
                switch rows.first?[index] {
                case .text(let text): text
                case .integer(let number): String(number)
                case .real(let number): String(number)
                case .null, nil: "NULL"
                }
            }.joined(separator: " ")
        }

        /// Where the numbers of rows go on: one that was used is never used again.
        func copyCounter(from source: Database, to target: Database) throws {
            guard keys.count == 1, columns[keys[0]].name == "id" else { return }
            let last = try source.lastNumber(in: name)
            if last > 0 { try target.setLastNumber(last, in: name) }
        }
    }
}

extension Database {
    /// The last number that the table has given a row; 0 for none.
    fileprivate func lastNumber(in table: String) throws -> Int {
        try isShared
            ? number(SQL(trusted: "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM \(table)_id_seq"))
            : number("SELECT seq FROM sqlite_sequence WHERE name = \(table)")
    }

    fileprivate func setLastNumber(_ number: Int, in table: String) throws {
        guard !isShared else {
            // Never backwards: a sequence is not set back when the transaction is undone.
            let text = "SELECT setval(CAST(? AS regclass), GREATEST(?, (SELECT last_value FROM \(table)_id_seq)))"
            _ = try first(SQL(trusted: text, ["\(table)_id_seq".sqlValue, number.sqlValue])) { _ in }
            return
        }
        try change("DELETE FROM sqlite_sequence WHERE name = \(table)")
        try change("INSERT INTO sqlite_sequence (name, seq) VALUES (\(table), \(number))")
    }
}
