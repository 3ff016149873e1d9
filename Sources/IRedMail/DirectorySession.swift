import MailStore
import Storage

/// The tables that a directory's entries have become.
final class DirectorySession: SourceSession {
    private let rows: SourceTables
    let tables: [String: [(name: String, isBinary: Bool)]]
    let dialect = SourceDialect.sqlite
    let foundColumn: String? = DirectoryTables.foundColumn

    /// - Parameter columns: of each table that there is for a reader.
    init(_ rows: SourceTables, _ columns: [String: [String]]) {
        self.rows = rows
        self.tables = columns.mapValues { $0.map { (name: $0, isBinary: false) } }
    }

    func read(
        _ columns: [(name: String, text: String)], from tables: String, _ body: (SourceRow) throws -> Void
    ) throws {
        let names = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
        try rows.forEach(columns.map(\.text), from: tables) { row in
            var bytes: [UInt8] = []
            let fields: [Range<Int>?] = columns.indices.map { column in
                let start = bytes.count
                switch row.cell(column) {
                case .null: return nil
                case .integer(let number): bytes += String(number).utf8
                case .real(let number): bytes += String(number).utf8
                case .text(let text): bytes += text
                }
                return start..<bytes.count
            }
            try body(SourceRow(names: names, bytes: bytes, fields: fields))
        }
    }
}
