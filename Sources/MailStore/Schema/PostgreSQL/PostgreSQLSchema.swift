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
        steps(for: file).map { $0.map(qualified) }
    }

    private static func steps(for file: StoreFile) -> [[String]] {
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
        let seed: [String] =
            switch file {
            case .amavisd: amavisdSeed
            case .iredapd: greylisting ? Schema.greylistingSeed : []
            case .vmail, .usage, .api: []
            }
        return seed.map(qualified)
    }

    /// Puts the schema before the names of tables and functions: whoever makes them looks into `pg_catalog` only
    /// (`PostgreSQLConnection.Mode.owner`), and so do the functions that run with the rights of their owner.
    static func qualified(_ statement: String) -> String {
        statement.replacing(/\b(TABLE|FUNCTION|SEQUENCE|ON|INTO|FROM|UPDATE) ([a-z_0-9]+)\b/) { match in
            names.contains(String(match.2)) ? "\(match.1) public.\(match.2)" : String(match.0)
        }
    }

    /// Of all tables, their sequences and functions.
    private static let names = Set(
        StoreFile.allCases.flatMap { steps(for: $0).joined() }.flatMap { statement in
            let words = statement.split { $0.isWhitespace || $0 == "(" }.map(String.init)
            return switch words[1] {
            case "TABLE": [words[2], "\(words[2])_id_seq"]
            case "FUNCTION": [words[2]]
            default: [String]()
            }
        })
}
