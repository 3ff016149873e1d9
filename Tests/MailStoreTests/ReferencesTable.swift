import MailStore

extension Schema {
    /// Whom every table names, as a Markdown table for the documentation.
    static func referencesTable() -> String {
        let rows = StoreFile.allCases.flatMap { file in
            references(for: file).flatMap { table in
                let cells = table.columns.isEmpty ? [["–", "nobody", "–"]] : table.columns.map(cells)
                return cells.map { (["`\(file.relativePath)`", "`\(table.table)`"] + $0).joined(separator: " | ") }
            }
        }
        let head = ["| File | Table | Column | Names | Role |", "|---|---|---|---|---|"]
        return (head + rows.map { "| \($0) |" }).joined(separator: "\n") + "\n"
    }

    private static func cells(_ reference: Reference) -> [String] {
        let names = reference.names.map(\.text).joined(separator: ", ")
        let role = reference.leftovers.map { "\(reference.role.rawValue); a left-over only\(rows($0))" }
        return [
            "`\(reference.column)`" + (reference.condition.map(rows) ?? ""), names.isEmpty ? "nobody" : names,
            reference.role == .nobody ? "–" : role ?? reference.role.rawValue,
        ]
    }

    private static func rows(_ condition: Reference.Condition) -> String {
        " where `\(condition.column)` is \(condition.values.joined(separator: " or "))"
    }
}

extension Reference.Name {
    fileprivate var text: String {
        switch self {
        case .mailbox: "mailbox"
        case .alias: "alias"
        case .list: "mailing list"
        case .perUserAlias: "per-user alias"
        case .admin: "standalone admin"
        case .address: "any address"
        case .domain: "domain"
        case .aliasDomain: "alias domain"
        case .domainKey: "domain as `@example.com`"
        case .subdomainsKey: "its sub-domains as `@.example.com`"
        case .domainOf(let column): "domain of `\(column)`"
        }
    }
}
