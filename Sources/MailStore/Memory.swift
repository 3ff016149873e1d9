import Mail
import Storage

/// A cache of rows that every request needs: its session, its admin, the changes of whole domains. A row is valid in
/// the second in which it was read, and until anybody, also another program, commits to its file (`Security.md` A13).
/// While this thread has a transaction or a snapshot of that file open, nothing is cached. At a server only the writer
/// caches, inside its transaction, from one job to the next: until a job changes an admin's row (`AdminColumns`) or
/// begins or ends the change of a whole domain (`changeLongChanges`: that table tells of no rows). What another program
/// commits there meanwhile counts from the next transaction on.
final class Memory<Row> {
    private let database: Database
    private var mark: Database.Mark?
    private var second = Moment(epoch: 0)
    private var rows: [String: Row] = [:]

    /// How many rows are kept. When there would be more, all are dropped.
    private static var most: Int { 256 }

    init(of database: Database) { self.database = database }

    /// - Parameters:
    ///   - key: names the row in this cache.
    ///   - find: reads the row; nil when there is none, which is not cached.
    func row(_ key: String, now: Moment, find: () throws -> Row?) throws -> Row? {
        guard let mark = database.mark else { return try find() }
        if mark != self.mark || now != second {
            rows.removeAll(keepingCapacity: true)
            self.mark = mark
            second = now
        }
        if let known = rows[key] { return known }
        let row = try find()
        if rows.count >= Self.most { rows.removeAll(keepingCapacity: true) }
        if let row { rows[key] = row }
        return row
    }

    /// Whether the next job of the writer's group need not read the row, as far as can be told during the present one.
    func isKept(_ key: String, now: Moment) -> Bool {
        mark != nil && mark == database.markOfNextJob && now == second && rows[key] != nil
    }
}
