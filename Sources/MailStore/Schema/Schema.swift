/// The tables of every store file. The DDL itself lies in `Schema+….swift`, one file per group of tables.
///
/// Conventions, unless a comment in the table says otherwise:
/// - flags are 0 or 1; times are UTC text `YYYY-MM-DD HH:MM:SS`; addresses and domain names are lower-case;
/// - every column is NOT NULL; a column where NULL means something says what;
/// - `created`, `modified`, `expired`, `active` close most tables: `modified` keeps its default until the first
///   change, `expired` is there for iRedMail's tools; it is looked at only when somebody wants to act as an admin.
///
/// iRedMail's tables have an index on every `active`, `expired` and flag column. A query that needs one of these
/// looks for the rare value inside one domain, so those indexes are partial and begin with the domain: an ordinary
/// account has no entry in them and pays nothing, and they never lure the planner away from a key. A partial index is
/// used only if the query says its condition literally (`active = 0`, not `active = ?`).
///
/// No text-keyed table is WITHOUT ROWID unless it holds little beside its key: measured with 200 000 mailboxes, the
/// wide rows make the key's tree deep and every secondary index carries the whole address.
package enum Schema {
    /// The DDL of the newest version, in order; without PRAGMAs and transaction, which are the migrator's.
    package static func statements(for file: StoreFile) -> [String] {
        migrations(for: file).flatMap { $0 }
    }

    /// Element *n* turns version *n* into *n* + 1; version 0 is the empty file. Additive only: rolling back the
    /// program must leave a file that the readers can use.
    package static func migrations(for file: StoreFile) -> [[String]] {
        switch file {
        case .vmail:
            [
                domains + mailboxes + forwardings + lists + relays + adminLog, adminLogChanges,
                domainTotals + profileIndexes, longChanges + addressesFollowDomains,
                listRequests,
            ]
        case .amavisd: [amavisd]
        case .iredapd: [throttling + greylisting + iredapdPlugins]
        case .usage: [usage, usageTotals + usageProfileIndexes]
        case .api: [api]
        }
    }

    /// The rows of a new file.
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody, as iRedMail has it.
    package static func seed(for file: StoreFile, greylisting: Bool = true) -> [String] {
        switch file {
        case .amavisd: amavisdSeed
        case .iredapd: greylisting ? greylistingSeed : []
        case .vmail, .usage, .api: []
        }
    }
}

extension Schema {
    /// The columns that no profile and no line of the admin log shows, by table: whoever saw one could log in, or prove
    /// a domain that is not theirs.
    package static let secretColumns: [String: Set<String>] = [
        "admin": ["password"],
        "mailbox": ["password"],
        "domain_ownership": ["verify_code"],
        "long_changes": ["password"],
    ]

    /// Those of all tables: the log hides a column of such a name in a table that another program has added, too.
    static let secretColumnNames = secretColumns.values.reduce(into: Set<String>()) { $0.formUnion($1) }
}
