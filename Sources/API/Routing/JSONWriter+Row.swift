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
    struct Column {
        enum Kind {
            /// Becomes an object.
            case settings
            case value
        }

        let kind: Kind
        let index: Int
        /// Where its encoded name is among the texts.
        let name: Range<Int>
    }

    /// A column `enable…`, and where the encoded service it is about is among the texts.
    struct Service {
        let column: Int
        let value: Range<Int>
    }

    let hidden: HiddenColumns
    /// Those that are shown.
    let columns: [Column]
    /// In the order of the services.
    let services: [Service]
    /// Encoded names and services, one behind the other: no column needs an object of its own.
    let texts: [UInt8]

    init(_ row: Row, _ hidden: HiddenColumns) {
        self.hidden = hidden
        var texts: [UInt8] = []
        func place(_ text: [UInt8]) -> Range<Int> {
            texts += text
            return texts.count - text.count..<texts.count
        }
        var seen = hidden.names.union([""])
        columns = (0..<row.columnCount).compactMap { index in
            let name = row.name(index)
            guard seen.insert(name).inserted else { return nil }
            return Column(
                kind: name == "settings" ? .settings : .value, index: index, name: place(JSONWriter.encoded(name: name)))
        }
        services = (0..<row.columnCount)
            .filter { row.name($0).hasPrefix("enable") }
            .map { (column: $0, service: String(row.name($0).dropFirst(6))) }
            .sorted { $0.service < $1.service }
            .map { Service(column: $0.column, value: place(JSONWriter.encoded(value: $0.service))) }
        self.texts = texts
    }

    static func of(_ row: Row, _ hidden: HiddenColumns) -> RowLayout {
        row.remembering { RowLayout(row, hidden) } isGood: { $0.hidden === hidden }
    }
}

extension JSONWriter {
    /// The row's columns as members under their SQL names, besides the hidden ones and those without a name. The column
    /// `settings` becomes an object.
    mutating func members(of row: Row, hiding hidden: HiddenColumns) {
        let layout = RowLayout.of(row, hidden)
        layout.texts.withUnsafeBytes { texts in
            for column in layout.columns {
                name(encoded: UnsafeRawBufferPointer(rebasing: texts[column.name]))
                if column.kind == .settings {
                    settings(AccountSettings(stored: row.text(column.index)))
                    continue
                }
                switch row.cell(column.index) {
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
        let layout = RowLayout.of(row, hidden)
        open("[")
        layout.texts.withUnsafeBytes { texts in
            for service in layout.services {
                let isOn =
                    switch row.cell(service.column) {
                    case .text(let text): text.count == 1 && text[0] == UInt8(ascii: "y")
                    case .integer(let number): number != 0
                    case .null, .real: false
                    }
                if isOn { value(encoded: UnsafeRawBufferPointer(rebasing: texts[service.value])) }
            }
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
