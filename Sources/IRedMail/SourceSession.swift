/// A database that is being read, from one moment.
final class SourceSession {
    let engine: SourceEngine
    private let client: ClientProcess
    private var reader: RowReader
    /// The columns of its tables, in order, and whether each holds bytes.
    private(set) var tables: [String: [(name: String, isBinary: Bool)]] = [:]

    init(_ engine: SourceEngine, _ client: ClientProcess) throws(SourceFailure) {
        self.engine = engine
        self.client = client
        reader = RowReader(engine.format, client)
        try client.write(engine.preparation)
        try forEach(engine.columns, ["tab", "col", "bin"]) { row in
            tables[row["tab"] ?? "", default: []].append((row["col"] ?? "", row["bin"] == "1" || row["bin"] == "t"))
        }
    }

    /// False when there is no such column.
    func isBinary(_ column: String, of table: String) -> Bool {
        tables[table]?.contains { $0.name == column && $0.isBinary } ?? false
    }

    /// The names of the server's databases.
    func databases() throws -> Set<String> {
        var names: Set<String> = []
        try forEach(engine.databases, ["name"]) { row in names.insert(row["name"] ?? "") }
        return names
    }

    /// Calls `body` for each row of a table, with the columns that are asked for, those that hold bytes in hexadecimal
    /// digits. No name that only the server knows gets into a statement.
    ///
    /// - Parameters:
    ///   - joining: further tables, to be called by another name than `t`.
    ///   - further: more columns: expressions, by name.
    ///   - order: what the rows are sorted by.
    func forEachRow(
        of shape: TableShape, joining: String, further: KeyValuePairs<String, String>, order: String,
        _ body: (SourceRow) throws -> Void
    ) throws {
        guard tables[shape.table] != nil else { return }
        let own = shape.asked.map { column in
            let name = "t.\(engine.quoted(column))"
            let isBinary = isBinary(column, of: shape.table)
            return (name: column, text: engine.printed(isBinary ? engine.digits(name) : name))
        }
        let all = own + further.map { (name: $0.key, text: engine.printed($0.value)) }
        try read(all, from: "\(engine.table(shape.table)) AS t \(joining) ORDER BY \(order)", body)
    }

    private func forEach(
        _ select: String, _ columns: [String], _ body: (SourceRow) throws -> Void
    ) throws(SourceFailure) {
        do {
            try read(columns.map { (name: $0, text: engine.printed("s.\($0)")) }, from: "(\(select)) AS s", body)
        } catch let failure as SourceFailure {
            throw failure
        } catch {
            throw SourceFailure("\(error)")
        }
    }

    private func read(
        _ columns: [(name: String, text: String)], from tables: String, _ body: (SourceRow) throws -> Void
    ) throws {
        // One more, so that no row has only one field, as the one behind the last has.
        let end = engine.printed("'\(RowReader.end)'")
        let names = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
        let list = (columns.map(\.text) + [end]).joined(separator: ", ")
        try client.write(engine.query("SELECT \(list) FROM \(tables)") + engine.query("SELECT \(end)"))
        while let row = try reader.next(names, count: columns.count + 1) { try body(row) }
    }
}
