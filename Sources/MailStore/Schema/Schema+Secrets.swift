extension Schema {
    /// The columns that no profile and no line of the admin log shows, by table: whoever saw one could log in, or prove a
    /// domain that is not his.
    package static let secretColumns: [String: Set<String>] = [
        "admin": ["password"],
        "mailbox": ["password"],
        "domain_ownership": ["verify_code"],
        "long_changes": ["password"],
    ]

    /// Those of all tables: the log hides a column of such a name in a table that another program has added, too.
    static let secretColumnNames = secretColumns.values.reduce(into: Set<String>()) { $0.formUnion($1) }
}
