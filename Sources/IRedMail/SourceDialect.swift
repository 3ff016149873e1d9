/// How rows are asked for, where a server's SQL differs.
enum SourceDialect {
    case mysql
    case postgresql
    /// Of the tables that a directory's entries become (`DirectoryTables`).
    case sqlite

    /// A name in a query.
    func quoted(_ name: String) -> String {
        let quote = self == .mysql ? "`" : "\""
        return "\(quote)\(name.replacing(quote, with: quote + quote))\(quote)"
    }

    /// A table in a query. Functions and operators of the same names in a PostgreSQL database's own schema are not used.
    func table(_ name: String) -> String { (self == .postgresql ? "public." : "") + quoted(name) }

    /// What is printed for an expression.
    func printed(_ expression: String) -> String {
        self == .mysql ? "IFNULL(CONCAT('=', \(expression)), '-')" : expression
    }

    /// The hexadecimal digits of bytes.
    func digits(_ expression: String) -> String {
        self == .postgresql ? "encode(\(expression), 'hex')" : "HEX(\(expression))"
    }

    /// Sorts rows so that those come first which are written in small letters, then by the bytes of their key.
    func order(_ column: String) -> String {
        switch self {
        case .mysql: "CAST(\(column) AS BINARY) <> CAST(LOWER(\(column)) AS BINARY), CAST(\(column) AS BINARY)"
        case .postgresql: "\(column) <> lower(\(column)), \(column) COLLATE \"C\""
        case .sqlite: "\(column) COLLATE BINARY <> lower(\(column)), \(column) COLLATE BINARY"
        }
    }

    /// A text in small letters without blanks at its end, in the order of its bytes.
    func folded(_ column: String) -> String {
        switch self {
        case .mysql: "CAST(LOWER(TRIM(TRAILING ' ' FROM \(column))) AS BINARY)"
        case .postgresql: "lower(rtrim(\(column))) COLLATE \"C\""
        case .sqlite: "lower(rtrim(\(column))) COLLATE BINARY"
        }
    }
}
