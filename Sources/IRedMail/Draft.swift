import MailStore
import Storage

/// The columns that a server's table and ours have both; ours decide what a value may be.
struct TableShape {
    private struct Column {
        let name: String
        let kind: Kind
        /// What stands for NULL.
        let fallback: SQL.Value
    }

    private enum Kind {
        case text, time, date, settings, yesOrNo, flag, integer, real
    }

    let table: String
    /// The columns that the server is asked for: those of ours that it has, and those that are read besides.
    let asked: [String]
    private let columns: [Column]

    /// - Parameters:
    ///   - source: the columns of the server's table; empty when there is none.
    ///   - further: columns that are read and have no place here.
    init(_ table: String, _ ours: [TableColumn], source: Set<String>, reading further: Set<String>) {
        self.table = table
        asked = (ours.map(\.name) + further.sorted()).filter(source.contains)
        columns = ours.filter { $0.name != "id" && source.contains($0.name) }.map { column in
            let kind = Self.kind(of: column)
            let fallback = column.isNullable || column.fallback != .null ? column.fallback : Self.empty(kind)
            return Column(name: column.name, kind: kind, fallback: column.isNullable ? .null : fallback)
        }
    }

    private static func kind(of column: TableColumn) -> Kind {
        switch column.kind {
        case .real: return .real
        case .integer:
            let isFlag =
                ["active", "backupmx"].contains(column.name) || column.name.hasPrefix("enable")
                || column.name.hasPrefix("is")
            return isFlag ? .flag : .integer
        case .text:
            if column.name == "settings" { return .settings }
            if column.fallback == .text("y") { return .yesOrNo }
            if column.name == "birthday" || column.name == "delete_date" { return .date }
            return [.text(SourceTime.none), .text(SourceTime.never)].contains(column.fallback)
                || column.name == "timestamp" ? .time : .text
        }
    }

    private static func empty(_ kind: Kind) -> SQL.Value {
        switch kind {
        case .text, .date, .settings, .yesOrNo: .text("")
        case .time: .text(SourceTime.none)
        case .flag, .integer: .integer(0)
        case .real: .real(0)
        }
    }

    /// - Parameter change: told which columns have a value that is no number, or a flag other than 0 and 1.
    func draft(_ row: SourceRow, change: (_ column: String, _ value: String) -> Void) -> Draft {
        Draft(
            table: table,
            values: columns.map { column in
                guard let text = row[column.name] else { return (column.name, column.fallback) }
                let value: SQL.Value? =
                    switch column.kind {
                    case .text: .text(text)
                    case .time: .text(SourceTime.stored(text))
                    case .date: SourceTime.date(text).map { .text($0) } ?? column.fallback
                    case .settings: .text(AccountSettings(stored: text).stored)
                    case .yesOrNo: .text(text.lowercased().hasPrefix("y") ? "y" : "n")
                    // Postfix and Dovecot ask for 1.
                    case .flag: text == "1" ? .integer(1) : text == "0" ? .integer(0) : nil
                    case .integer: Int(text).map { .integer($0) }
                    case .real: Double(text).map { .real($0) }
                    }
                if value == nil { change(column.name, text) }
                return (column.name, value ?? (column.kind == .flag ? .integer(0) : column.fallback))
            })
    }
}

/// A row on its way into a staged table.
struct Draft {
    let table: String
    private(set) var values: [(column: String, value: SQL.Value)]

    init(table: String, values: [(column: String, value: SQL.Value)]) {
        self.table = table
        self.values = values
    }

    /// Null for a column that the row does not have.
    subscript(column: String) -> SQL.Value {
        get { values.first { $0.column == column }?.value ?? .null }
        set {
            if let index = values.firstIndex(where: { $0.column == column }) {
                values[index].value = newValue
            } else {
                values.append((column, newValue))
            }
        }
    }

    func text(_ column: String) -> String { if case .text(let text) = self[column] { text } else { "" } }

    /// 0 for a column that the row does not have.
    func number(_ column: String) -> Int { if case .integer(let number) = self[column] { number } else { 0 } }

    func has(_ column: String) -> Bool { values.contains { $0.column == column } }
}
