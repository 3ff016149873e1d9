import FoundationEssentials

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
    ///   - detail: of the notice: JSON.
    ///   - columns: of all tables, by name.
    /// - Returns: nil for a table that is not among them, and for anything else that is no such notice.
    init?(detail: String, columns: [String: [TableColumn]]) {
        guard let change = try? JSONDecoder().decode(Change.self, from: Data(detail.utf8)),
            let columns = columns[change.table]
        else { return nil }
        kind = change.kind
        table = change.table
        before = Self.values(change.old, columns)
        after = Self.values(change.new, columns)
    }

    private static func values(_ row: [String: Value]?, _ columns: [TableColumn]) -> [SQL.Value] {
        guard let row else { return [] }
        return columns.map { column in
            guard case .integer(let number)? = row[column.name]?.value, column.kind == .real else {
                return row[column.name]?.value ?? .null
            }
            return .real(Double(number))
        }
    }

    private struct Change: Decodable {
        let table: String
        let kind: RowChange.Kind
        let old: [String: Value]?
        let new: [String: Value]?
    }

    private struct Value: Decodable {
        let value: SQL.Value

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            value =
                if container.decodeNil() {
                    .null
                } else if let text = try? container.decode(String.self) {
                    .text(text)
                } else if let number = try? container.decode(Int.self) {
                    .integer(number)
                } else if let flag = try? container.decode(Bool.self) {
                    .integer(flag ? 1 : 0)
                } else {
                    // A column of another program's may be of any type.
                    (try? container.decode(Double.self)).map { .real($0) } ?? .null
                }
        }
    }
}
