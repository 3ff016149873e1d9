extension PostgreSQLConnection {
    /// The columns of all tables, in their order, by table.
    package func columns() throws -> [String: [TableColumn]] {
        var tables: [String: [TableColumn]] = [:]
        try forEach(
            """
            SELECT c.relname, a.attname, COALESCE(a.attnum = ANY (i.indkey), false),
                   COALESCE(pg_get_expr(d.adbin, d.adrelid), 'NULL'), t.typcategory, t.typname, a.attnotnull, t.oid
              FROM pg_class AS c
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type AS t ON t.oid = a.atttypid
              LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
              LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             ORDER BY c.relname, a.attnum
            """
        ) { row in
            let kind: TableColumn.Kind =
                row.text(4) == "N" ? row.text(5).hasPrefix("float") ? .real : .integer : .text
            tables[row.text(0), default: []].append(
                TableColumn(
                    row.text(1), isKey: row.integer(2) != 0, fallback: TableColumn.literal(row.text(3), kind),
                    isNullable: row.integer(6) == 0, kind, type: UInt32(row.integer(7))))
        }
        return tables
    }
}
