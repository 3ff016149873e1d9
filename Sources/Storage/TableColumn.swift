/// A column of a table, as the database itself describes it.
package final class TableColumn: Sendable {
    package let name: String
    /// Whether it is a part of the primary key.
    package let isKey: Bool
    /// The default in the DDL; null for none, and for an expression.
    package let fallback: SQL.Value
    package let kind: Kind
    package let isNullable: Bool
    /// The number of its type at a PostgreSQL server; 0 in a file.
    let type: UInt32

    package enum Kind: Sendable { case integer, real, text }

    init(
        _ name: String, isKey: Bool, fallback: SQL.Value, isNullable: Bool, _ kind: Kind, type: UInt32 = 0
    ) {
        self.name = name
        self.isKey = isKey
        self.fallback = fallback
        self.kind = kind
        self.isNullable = isNullable
        self.type = type
    }

    /// The value of a default as an engine spells it: a number, or a quoted text, perhaps with its type behind it. Null
    /// for an expression.
    static func literal(_ text: String, _ kind: Kind) -> SQL.Value {
        if let number = Int(text) { return .integer(number) }
        if let number = Double(text) { return .real(number) }
        guard text.hasPrefix("'") else { return .null }
        // `'it''s'::text`: to the first quote that is not doubled.
        var content: [UInt8] = []
        var rest = text.utf8.dropFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "'") {
                guard rest.first == byte else { break }
                rest = rest.dropFirst()
            }
            content.append(byte)
        }
        guard rest.isEmpty || rest.starts(with: "::".utf8) else { return .null }
        let value = String(decoding: content, as: UTF8.self)
        switch kind {
        case .text: return .text(value)
        case .integer: return Int(value).map { .integer($0) } ?? .null
        case .real: return Double(value).map { .real($0) } ?? .null
        }
    }
}
