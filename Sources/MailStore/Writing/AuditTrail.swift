package import Storage

/// The change of one row. Columns that stayed the same are left out; so are columns of a new or deleted row that have
/// their default, and columns that change by themselves, such as `modified`.
package struct AuditEntry: Sendable {
    package let table: String
    /// The row's key as text, its columns joined by a space.
    package let key: String
    /// Empty for a new row. The value of a secret column is `***`.
    package let before: [(column: String, value: SQL.Value)]
    /// Empty for a deleted row.
    package let after: [(column: String, value: SQL.Value)]
}

/// What one request changed.
package struct AuditRecord: Sendable {
    package let entries: [AuditEntry]
    /// How many more rows were changed.
    package let others: Int
}

/// Keeps the rows that one request changes, before and after, for the admin log: `Contract.md` 3.4. The writer's
/// connections report every row, so that no handler has to.
final class AuditTrail {
    /// A class, so that the columns are not copied for every row.
    private final class Column {
        let name: String
        let isKey: Bool
        let isIgnored: Bool
        let isSecret: Bool
        /// The default in the DDL.
        let fallback: SQL.Value

        init(_ column: TableColumn) {
            name = column.name
            isKey = column.isKey
            fallback = column.fallback
            isIgnored = AuditTrail.ignoredColumns.contains(name)
            isSecret = Schema.secretColumnNames.contains(name)
        }
    }

    private var entries: [AuditEntry] = []
    private var others = 0
    private var tables: [String: [Column]] = [:]
    private var isRecording = false
    private var isPaused = false

    /// How many rows are kept. Further ones are only counted: there may be as many as a domain has users.
    private static let limit = 50
    /// Of a text with more bytes only the beginning is kept.
    private static let textLimit = 1000
    /// Not recorded: the log itself, what triggers write, what other programs count, and the numbers of rows and times.
    private static let silentTables: Set<String> = [
        "log", "sqlite_sequence", "domain_totals", "long_changes", "throttle_tracking", "greylisting_tracking",
    ]
    fileprivate static let ignoredColumns: Set<String> = [
        "id", "created", "modified", "passwordlastchange", "timestamp",
    ]

    /// Learns the tables of a file and has their changes reported.
    /// - Parameter body: gets each change, too, even when nothing is recorded.
    func watch(_ database: Database, _ body: ((RowChange) -> Void)? = nil) throws {
        for (table, columns) in try database.columns() where !Self.silentTables.contains(table) {
            tables[table] = columns.map { Column($0) }
        }
        try database.watchChanges { [unowned self] change in
            body?(change)
            record(change)
        }
    }

    func begin() {
        entries = []
        others = 0
        isRecording = true
    }

    func pause() { isPaused = true }
    func resume() { isPaused = false }

    /// What was changed since `begin`, but not while it was paused.
    func end() -> AuditRecord {
        isRecording = false
        return AuditRecord(entries: entries, others: others)
    }

    private func record(_ change: RowChange) {
        guard isRecording, !isPaused, let columns = tables[change.table] else { return }
        guard entries.count < Self.limit else { return others += 1 }
        var before: [(column: String, value: SQL.Value)] = []
        var after: [(column: String, value: SQL.Value)] = []
        var key: [String] = []
        for (index, column) in columns.enumerated() where index < change.columnCount {
            if column.isIgnored, !column.isKey { continue }
            // A new row has the default in most of its columns.
            if change.kind == .insert, !column.isKey, change.becomes(column.fallback, index) { continue }
            let old = change.old(index)
            let new = change.new(index)
            if column.isKey { key.append(Self.text(change.kind == .insert ? new : old)) }
            if column.isIgnored { continue }
            switch change.kind {
            case .insert: if new != column.fallback { after.append((column.name, Self.shown(new, column))) }
            case .delete: if old != column.fallback { before.append((column.name, Self.shown(old, column))) }
            case .update:
                guard old != new else { continue }
                before.append((column.name, Self.shown(old, column)))
                after.append((column.name, Self.shown(new, column)))
            }
        }
        if change.kind == .update, after.isEmpty { return }
        entries.append(AuditEntry(table: change.table, key: key.joined(separator: " "), before: before, after: after))
    }

    private static func shown(_ value: SQL.Value, _ column: Column) -> SQL.Value {
        if column.isSecret { return .text("***") }
        if case .text(let text) = value, text.utf8.count > textLimit { return .text(text.prefix(textLimit / 4) + "…") }
        return value
    }

    private static func text(_ value: SQL.Value) -> String {
        switch value {
        case .null: ""
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        }
    }
}
