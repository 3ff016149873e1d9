/// A database of a server that is asked through its client.
final class ClientSession: SourceSession {
    private let engine: SourceEngine
    private let client: ClientProcess
    private var reader: RowReader
    private(set) var tables: [String: [(name: String, isBinary: Bool)]] = [:]

    var dialect: SourceDialect { engine.dialect }
    let foundColumn: String? = nil

    init(_ engine: SourceEngine, _ client: ClientProcess) throws(SourceFailure) {
        self.engine = engine
        self.client = client
        reader = RowReader(engine.format, client)
        try client.write(engine.preparation)
        try forEach(engine.columns, ["tab", "col", "bin"]) { row in
            tables[row["tab"] ?? "", default: []].append((row["col"] ?? "", row["bin"] == "1" || row["bin"] == "t"))
        }
    }

    /// The names of the server's databases.
    func databases() throws -> Set<String> {
        var names: Set<String> = []
        try forEach(engine.databases, ["name"]) { row in names.insert(row["name"] ?? "") }
        return names
    }

    private func forEach(
        _ select: String, _ columns: [String], _ body: (SourceRow) throws -> Void
    ) throws(SourceFailure) {
        do {
            try read(columns.map { (name: $0, text: "s.\($0)") }, from: "(\(select)) AS s", body)
        } catch let failure as SourceFailure {
            throw failure
        } catch {
            throw SourceFailure("\(error)")
        }
    }

    func read(
        _ columns: [(name: String, text: String)], from tables: String, _ body: (SourceRow) throws -> Void
    ) throws {
        // One more, so that no row has only one field, as the one behind the last has.
        let end = dialect.printed("'\(RowReader.end)'")
        let names = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
        let list = (columns.map { dialect.printed($0.text) } + [end]).joined(separator: ", ")
        try client.write(engine.query("SELECT \(list) FROM \(tables)") + engine.query("SELECT \(end)"))
        while let row = try reader.next(names, count: columns.count + 1) { try body(row) }
    }
}
