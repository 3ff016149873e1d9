import MailStore
import Storage

/// Columns that are not shown. A class, so that for each row only references are compared.
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
        /// Of its encoded name in `texts`.
        let name: Range<Int>
        /// The bit of the service that the column switches on; 0 for any other column.
        let service: UInt64
    }

    /// A column `enable…`.
    struct ServiceColumns {
        let column: Int
        /// Of the encoded name of the service in `texts`.
        let value: Range<Int>
        /// Its bit in what `members` returns; 0 when the column is not shown, or no bit is left.
        let bit: UInt64
    }

    let hidden: HiddenColumns
    /// Those that are shown.
    let columns: [Column]
    /// Ascending by the name of the service.
    let services: [ServiceColumns]
    /// Encoded names of columns and services, one behind the other, so that no column needs an array of its own.
    let texts: [UInt8]

    init(_ row: Row, _ hidden: HiddenColumns) {
        self.hidden = hidden
        var texts: [UInt8] = []
        func add(_ text: [UInt8]) -> Range<Int> {
            texts += text
            return texts.count - text.count..<texts.count
        }
        var seen = hidden.names.union([" "])
        let shown = (0..<row.columnCount).filter { seen.insert(row.name($0)).inserted }
        let services = (0..<row.columnCount)
            .filter { row.name($0).hasPrefix("enable") }
            .map { (column: $0, service: String(row.name($0).dropFirst(6))) }
            .sorted { $0.service < $1.service }
            .enumerated()
            .map { place, service in
                ServiceColumns(
                    column: service.column, value: add(JSONWriter.encoded(value: service.service)),
                    bit: place < UInt64.bitWidth && shown.contains(service.column) ? 1 << place : 0)
            }
        columns = shown.map { index in
            let name = row.name(index)
            return Column(
                kind: name == "settings" ? .settings : .value, index: index, name: add(JSONWriter.encoded(name: name)),
                service: services.first { $0.column == index }?.bit ?? 0)
        }
        self.services = services
        self.texts = texts
    }

    static func of(_ row: Row, _ hidden: HiddenColumns) -> RowLayout {
        row.remembering {
            RowLayout(row, hidden)
        } isGood: {
            $0.hidden === hidden
        }
    }
}

/// The services of a mailbox that are on: a bit for each one whose column was shown.
struct ServicesOn {
    fileprivate let layout: RowLayout
    fileprivate let bits: UInt64
}

extension JSONWriter {
    /// Writes the row's columns as members under their SQL names, without hidden columns and those named by a space. The
    /// column `settings` becomes an object.
    ///
    /// - Returns: which services are on. It is for `services`, so that no column is read twice.
    @discardableResult
    mutating func members(of row: Row, hiding hidden: HiddenColumns) -> ServicesOn {
        let layout = RowLayout.of(row, hidden)
        var on: UInt64 = 0
        layout.texts.withUnsafeBytes { texts in
            for column in layout.columns {
                name(encoded: UnsafeRawBufferPointer(rebasing: texts[column.name]))
                if column.kind == .settings {
                    settings(AccountSettings(stored: row.text(column.index)))
                    continue
                }
                switch row.cell(column.index) {
                case .null: null()
                case .integer(let number):
                    value(number)
                    if number != 0 { on |= column.service }
                case .real(let number): value(number)
                case .text(let text):
                    value(utf8: text)
                    if column.service != 0, text.isYes { on |= column.service }
                }
            }
        }
        return ServicesOn(layout: layout, bits: on)
    }

    /// Writes an array of the mailbox's services that are on, ascending.
    /// - Parameter on: what `members` returned for the same row.
    mutating func services(of row: Row, _ on: ServicesOn) {
        open("[")
        on.layout.texts.withUnsafeBytes { texts in
            for service in on.layout.services
            where service.bit == 0 ? row.isOn(service.column) : on.bits & service.bit != 0 {
                value(encoded: UnsafeRawBufferPointer(rebasing: texts[service.value]))
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

    /// Writes a member that is an object of columns; nothing when there are none.
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

extension Row {
    fileprivate func isOn(_ column: Int) -> Bool {
        switch cell(column) {
        case .text(let text): text.isYes
        case .integer(let number): number != 0
        case .null, .real: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// `y`, as in the columns of SOGo.
    fileprivate var isYes: Bool { count == 1 && self[0] == UInt8(ascii: "y") }
}
