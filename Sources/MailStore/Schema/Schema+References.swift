/// A column that names an account, an admin or a domain, and what becomes of its row when that one goes or gets another
/// name.
///
/// Every table declares beside its DDL whom its columns name; a table that names nobody says so by an empty list.
/// Housekeeping works from these declarations. Deleting and renaming do not: they are written out, in their order and
/// with their reasons. The tests compare what they leave, row by row, with the roles declared here.
package struct Reference: Sendable {
    package let column: String
    /// Whom it names, and in which form; empty with the role `nobody`.
    package let names: [Name]
    package let role: Role
    /// The rows of which this is true; nil for all.
    package let condition: Condition?
    /// The rows in which a name that nobody has is a left-over; in others somebody outside may be meant. Nil for all.
    package let leftovers: Condition?

    init(
        _ column: String, _ names: [Name], _ role: Role, where condition: Condition? = nil,
        leftoversWhere leftovers: Condition? = nil
    ) {
        self.column = column
        self.names = names
        self.role = role
        self.condition = condition
        self.leftovers = leftovers
    }

    /// A column that looks by its name as if it named somebody.
    static func nobody(_ column: String) -> Reference { Reference(column, [], .nobody) }

    /// Whom a column names, and how that is written.
    package enum Name: Sendable, Hashable {
        /// `user@example.com`.
        case mailbox
        /// `team@example.com`.
        case alias
        /// A mailing list: `news@example.com`.
        case list
        /// A per-user alias. It lies under a domain or an alias domain, not always that of its mailbox.
        case perUserAlias
        /// A standalone admin. They may have an address under a domain that is here, without being an account of it.
        case admin
        /// Any address, whether somebody has it here or not.
        case address
        /// `example.com`.
        case domain
        case aliasDomain
        /// `@example.com`.
        case domainKey
        /// The sub-domains of a domain: `@.example.com`.
        case subdomainsKey
        /// The domain of the address in another column of the row. Whoever writes that column writes this one, too.
        case domainOf(_ column: String)
    }

    /// What the row is to the one it names.
    package enum Role: String, Sendable, CaseIterable {
        /// The row is what it names: it goes with it, and a change of the name is a change of this column.
        case account = "is it"
        /// The row goes with what it names, and follows a new name. What a domain has also goes with the domain: with
        /// `example.com` go the rows that name an address under it.
        case belongs = "belongs to it"
        /// The row is another's. It goes with the account it names, and follows a new name. It stays when the account's
        /// whole domain goes: then it points to an address outside.
        case pointer = "points to it"
        /// The row is another's, and of no use without the account: it goes with the account's domain, too.
        case link = "points to it, goes with its domain, too"
        /// What was true when it was written: it follows nobody. It stays until its own time is over.
        case history = "history"
        /// Whoever is meant, somebody outside as a rule: the row follows nobody.
        case stranger = "a stranger's name"
        /// What a domain's rows come to: triggers keep it, and remove it with the last of them.
        case sum = "a sum of its rows"
        /// The column names nobody.
        case nobody = "names nobody"
    }

    /// Rows that have one of some values in another column.
    package struct Condition: Sendable {
        package let column: String
        /// As SQL writes them.
        package let values: [String]

        init(_ column: String, _ values: String...) {
            self.column = column
            self.values = values
        }

        package var sql: String { "\(column) IN (\(values.joined(separator: ", ")))" }
    }
}

/// Whom the columns of one table name.
package struct TableReferences: Sendable {
    package let table: String
    /// Empty for a table that names nobody.
    package let columns: [Reference]
    /// Whether its rows are this server's own for a time (a promise, a cache, a find), or are made beside others: then
    /// they are no part of what a domain is, and stay behind when it is exported.
    package let isTransient: Bool

    init(_ table: String, _ columns: [Reference], isTransient: Bool = false) {
        self.table = table
        self.columns = columns
        self.isTransient = isTransient
    }

    /// Whether an export has its rows: no sums, no history, nothing transient.
    package var isExported: Bool {
        let roles = Set(columns.map(\.role)).subtracting([.nobody])
        return !isTransient && !roles.contains(.sum) && roles != [.history]
    }
}

extension [Reference.Name] {
    /// A mailbox, an alias or a mailing list.
    static let accounts: Self = [.mailbox, .alias, .list]
    /// Whoever may log in to the API.
    static let admins: Self = [.mailbox, .admin]
    /// The key of a spam policy, a throttle and the like. Everybody (`@.`), a client's address and a top-level domain
    /// may stand there, too; those are nobody's.
    static let policyKeys: Self = accounts + [.domainKey, .subdomainsKey]
}

extension Schema {
    /// Whom the tables of a file name; every table has its entry.
    package static func references(for file: StoreFile) -> [TableReferences] {
        switch file {
        case .vmail:
            domainReferences + mailboxReferences + forwardingReferences + listReferences + relayReferences
                + adminLogReferences + domainTotalReferences + longChangeReferences + listRequestReferences
        case .amavisd: amavisdReferences
        case .iredapd: throttlingReferences + greylistingReferences + iredapdPluginReferences
        case .usage: usageReferences + usageTotalReferences
        case .api: apiReferences
        }
    }
}

extension Schema {
    /// Columns with the number of another table's row, by table and column. In an export the name of that row stands for
    /// it.
    static let numberedNames: [String: [String: (table: String, column: String)]] = [
        "users": ["policy_id": ("policy", "policy_name")],
        "wblist": ["rid": ("users", "email"), "sid": ("mailaddr", "email")],
        "outbound_wblist": ["rid": ("mailaddr", "email"), "sid": ("users", "email")],
    ]

    /// Columns that follow from other rows, by table. An export leaves them out; they are worked out anew.
    static let derivedColumns: [String: Set<String>] = ["forwardings": ["active"]]
}
