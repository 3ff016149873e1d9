import Glibc

/// A row that has been changed, as the trigger `postern_audit` tells of it.
struct PostgreSQLRowChange {
    let kind: RowChange.Kind
    let table: String
    private let before: [SQL.Value]
    private let after: [SQL.Value]

    var columnCount: Int { max(before.count, after.count) }

    func old(_ column: Int) -> SQL.Value { column < before.count ? before[column] : .null }
    func new(_ column: Int) -> SQL.Value { column < after.count ? after[column] : .null }

    /// The primary message of the notice of a row.
    static let notice = "postern.audit"
    /// Takes what the trigger has collected.
    static let taking: SQL = "SELECT current_setting('postern.changes', true), set_config('postern.changes', '', true)"

    /// - Parameters:
    ///   - before, after: the row as the server writes a composite value; empty for none.
    ///   - columns: of the table.
    /// - Returns: nil for neither.
    init?(
        _ table: String, before: UnsafeRawBufferPointer, after: UnsafeRawBufferPointer, _ columns: [TableColumn]
    ) {
        self.table = table
        self.before = Self.values(before, columns)
        self.after = Self.values(after, columns)
        switch (self.before.isEmpty, self.after.isEmpty) {
        case (true, true): return nil
        case (true, false): kind = .insert
        case (false, true): kind = .delete
        case (false, false): kind = .update
        }
    }

    /// The rows that the trigger has collected, in their order: each is a table's name, two lengths, and two rows.
    static func all(in collected: UnsafeRawBufferPointer, _ columns: [String: [TableColumn]]) -> [PostgreSQLRowChange] {
        var changes: [PostgreSQLRowChange] = []
        var rest = collected[...]
        func word() -> String? {
            guard let end = rest.firstIndex(of: UInt8(ascii: " ")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        while let table = word(), let before = word().flatMap({ Int($0) }), let after = word().flatMap({ Int($0) }),
            before >= 0, after >= 0, before <= rest.count, after <= rest.count - before
        {
            let rows = rest.prefix(before + after)
            rest = rest.dropFirst(before + after)
            guard let columns = columns[table],
                let change = PostgreSQLRowChange(
                    table, before: UnsafeRawBufferPointer(rebasing: rows.prefix(before)),
                    after: UnsafeRawBufferPointer(rebasing: rows.dropFirst(before)), columns)
            else { continue }
            changes.append(change)
        }
        return changes
    }

    /// Columns that have come since are left out; they are the last ones.
    private static func values(_ row: UnsafeRawBufferPointer, _ columns: [TableColumn]) -> [SQL.Value] {
        var rest = row[...]
        guard rest.popFirst() == UInt8(ascii: "(") else { return [] }
        var values: [SQL.Value] = []
        values.reserveCapacity(columns.count)
        for column in columns where !rest.isEmpty { values.append(field(&rest, column.type)) }
        // When a column has gone, nobody knows which: a secret might be told under another's name.
        return values.count == columns.count ? values : []
    }

    /// Takes a value and the comma or parenthesis behind it.
    /// https://www.postgresql.org/docs/15/rowtypes.html#ROWTYPES-IO-SYNTAX
    private static func field(_ rest: inout Slice<UnsafeRawBufferPointer>, _ type: UInt32) -> SQL.Value {
        guard rest.first == UInt8(ascii: "\"") else {
            let end = rest.firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ")") } ?? rest.endIndex
            let plain = UnsafeRawBufferPointer(rebasing: rest[..<end])
            rest = rest[end...].dropFirst()
            return plain.isEmpty ? .null : PostgreSQLRow.value(plain, type)
        }
        rest.removeFirst()
        var content: [UInt8] = []
        while let byte = rest.popFirst() {
            // Both are written twice.
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                guard rest.popFirst() == byte else { break }
            }
            content.append(byte)
        }
        return content.withUnsafeBytes { PostgreSQLRow.value($0, type) }
    }
}
