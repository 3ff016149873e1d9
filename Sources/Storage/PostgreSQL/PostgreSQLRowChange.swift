import Glibc

/// A row that has been changed, as the trigger `postern_audit` tells of it in a notice.
struct PostgreSQLRowChange {
    let kind: RowChange.Kind
    let table: String
    private let before: [SQL.Value]
    private let after: [SQL.Value]

    var columnCount: Int { max(before.count, after.count) }

    func old(_ column: Int) -> SQL.Value { column < before.count ? before[column] : .null }
    func new(_ column: Int) -> SQL.Value { column < after.count ? after[column] : .null }

    /// The primary message of such a notice.
    static let notice = "postern.audit"

    /// - Parameters:
    ///   - before, after: the row as the server writes a composite value; nil or empty for none.
    ///   - columns: of the table.
    /// - Returns: nil for neither.
    init?(
        _ table: String, before: UnsafePointer<CChar>?, after: UnsafePointer<CChar>?, _ columns: [TableColumn]
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

    /// Columns that have come since are left out; they are the last ones.
    private static func values(_ row: UnsafePointer<CChar>?, _ columns: [TableColumn]) -> [SQL.Value] {
        guard let row else { return [] }
        var rest = UnsafeRawBufferPointer(start: row, count: strlen(row))[...]
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
