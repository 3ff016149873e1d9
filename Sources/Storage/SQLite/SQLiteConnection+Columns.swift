extension SQLiteConnection {
    /// The columns of all tables, in their order, by table.
    package func columns() throws -> [String: [TableColumn]] {
        let rows = try all(
            """
            SELECT t.name, c.name, c.pk, c.dflt_value, c.type, c."notnull"
              FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
             WHERE t.type = 'table'
             ORDER BY t.name, c.cid
            """
        ) { row in
            let kind: TableColumn.Kind =
                switch row.text(4) {
                case "INTEGER": .integer
                case "REAL": .real
                default: .text
                }
            let fallback: SQL.Value = row.isNull(3) ? .null : TableColumn.literal(row.text(3), kind)
            return (
                row.text(0),
                TableColumn(
                    row.text(1), isKey: row.integer(2) > 0, fallback: fallback, isNullable: row.integer(5) == 0, kind)
            )
        }
        return rows.reduce(into: [:]) { $0[$1.0, default: []].append($1.1) }
    }
}
