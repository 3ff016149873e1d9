import MailStore
import SQLite

/// Columns that are not shown.
final class HiddenColumns: Sendable {
    let names: Set<String>

    static let none = HiddenColumns([])

    init(_ names: Set<String>) { self.names = names }
}

/// How the rows of one query are shown: worked out once from the columns' names.
private final class RowLayout {
    enum Column {
        /// Hidden, or shown already.
        case skipped
        /// Becomes an object.
        case settings(name: [UInt8])
        case value(name: [UInt8])
    }

    let hidden: HiddenColumns
    let columns: [Column]
    /// The columns `enable…` and the services they are about, in the order of the services.
    let services: [(column: Int, service: [UInt8])]

    init(_ row: Row, _ hidden: HiddenColumns) {
        self.hidden = hidden
        var seen = hidden.names
        columns = (0..<row.columnCount).map { column in
            let name = row.name(column)
            guard seen.insert(name).inserted else { return .skipped }
            return name == "settings"
                ? .settings(name: JSONWriter.encoded(name: name)) : .value(name: JSONWriter.encoded(name: name))
        }
        services = (0..<row.columnCount)
            .filter { row.name($0).hasPrefix("enable") }
            .map { (column: $0, service: String(row.name($0).dropFirst(6))) }
            .sorted { $0.service < $1.service }
            .map { (column: $0.column, service: JSONWriter.encoded(value: $0.service)) }
    }

    static func of(_ row: Row, _ hidden: HiddenColumns) -> RowLayout {
        row.remembering { RowLayout(row, hidden) } isGood: { $0.hidden === hidden }
    }
}

extension JSONWriter {
    /// The row's columns as members under their SQL names, besides the hidden ones. The column `settings` becomes an
    /// object.
    mutating func members(of row: Row, hiding hidden: HiddenColumns) {
        for (index, column) in RowLayout.of(row, hidden).columns.enumerated() {
            switch column {
            case .skipped: continue
            case .settings(let name):
                self.name(encoded: name)
                settings(AccountSettings(stored: row.text(index)))
            case .value(let name):
                self.name(encoded: name)
                switch row.cell(index) {
                case .null: null()
                case .integer(let number): value(number)
                case .real(let number): value(number)
                case .text(let text): value(utf8: text)
                }
            }
        }
    }

    /// The services of a mailbox whose column is on, ascending.
    mutating func services(of row: Row, hiding hidden: HiddenColumns) {
        open("[")
        for (column, service) in RowLayout.of(row, hidden).services {
            let isOn =
                switch row.cell(column) {
                case .text(let text): text.count == 1 && text[0] == UInt8(ascii: "y")
                case .integer(let number): number != 0
                case .null, .real: false
                }
            if isOn { value(encoded: service) }
        }
        close("]")
    }

    private mutating func settings(_ settings: AccountSettings) {
        open("{")
        settings.forEach { key, value in
            switch AccountSettings.kind(of: key) {
            case .number: if let number = Int(value) { member(key, number) } else { member(key, value) }
            case .list: member(key, settings[list: key])
            case .text: member(key, value)
            }
        }
        close("}")
    }

    /// Columns as an object; nothing when there are none.
    mutating func columns(_ name: String, _ columns: [(column: String, value: SQL.Value)]) {
        if columns.isEmpty { return }
        self.name(name)
        open("{")
        for (column, value) in columns {
            self.name(column)
            switch value {
            case .null: null()
            case .integer(let number): self.value(number)
            case .real(let number): self.value(number)
            case .text(let text): self.value(text)
            }
        }
        close("}")
    }
}
