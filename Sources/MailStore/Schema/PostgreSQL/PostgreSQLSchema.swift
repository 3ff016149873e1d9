/// The same tables as `Schema`, for PostgreSQL. What tables, columns and indexes are for is said there.
///
/// The five files are four databases: `vmail` and `usage` lie together in `vmail`, as iRedMail has them, `api` in
/// `postern`; everything is in the schema `public`. The versions are in a table `postern_schema` of each database,
/// which the migrator makes.
///
/// Conventions, unless a comment says otherwise:
/// - the types are those of iRedMail's tables for PostgreSQL, but for limits of texts: whatever SQLite takes is taken;
/// - texts are compared byte by byte whatever the database's language is, hence `COLLATE "C"`: it gives the order of
///   SQLite, and what begins with something is a range of an index;
/// - times are in whole seconds even when another program writes `now()`, hence `TIMESTAMP(0)`;
/// - the domain of an address is spelled `substr(address, strpos(address, '@') + 1)`: a query with another spelling
///   uses none of the indexes on it.
package enum PostgreSQLSchema {
    /// The DDL of the newest version, in order; without transaction, which is the migrator's.
    package static func statements(for file: StoreFile) -> [String] {
        migrations(for: file).flatMap { $0 }
    }

    /// Element *n* turns version *n* into *n* + 1; version 0 has none of the tables. Each text is one statement.
    package static func migrations(for file: StoreFile) -> [[String]] {
        switch file {
        case .vmail:
            [
                domains + mailboxes + forwardings + lists + relays + adminLog + longChanges + listRequests
                    + domainTotals + auditFunctions + auditTriggers(on: auditedAccounts)
            ]
        case .amavisd: [amavisd + auditFunctions + auditTriggers(on: auditedPolicies)]
        case .iredapd:
            [throttling + greylisting + iredapdPlugins + auditFunctions + auditTriggers(on: auditedThrottles)]
        case .usage: [usage + usageTotals]
        case .api: [api]
        }
    }

    /// The rows of a new file, and where numbers begin.
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody, as iRedMail has it.
    package static func seed(for file: StoreFile, greylisting: Bool = true) -> [String] {
        switch file {
        case .amavisd: amavisdSeed
        case .iredapd: greylisting ? Schema.greylistingSeed : []
        case .vmail, .usage, .api: []
        }
    }
}
