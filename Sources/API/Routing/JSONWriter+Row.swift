import MailStore
import SQLite

extension JSONWriter {
    /// The row's columns as members under their SQL names, besides the hidden ones. The column `settings` becomes an
    /// object.
    mutating func members(of row: Row, hiding hidden: Set<String>) {
        for column in 0..<row.columnCount {
            let name = row.name(column)
            if hidden.contains(name) { continue }
            self.name(name)
            if name == "settings" {
                settings(AccountSettings(stored: row.text(column)))
                continue
            }
            switch row.kind(column) {
            case .null: null()
            case .integer: value(row.integer(column))
            case .real: value(row.real(column))
            case .text: row.withText(column) { value(utf8: $0) }
            }
        }
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
