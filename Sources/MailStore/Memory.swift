import Mail
import SQLite

/// Rows that a reader has found, so that who asks for one over and over need not look again: who is logged in, and which
/// rights he has. A row is good within the second in which it was found, and until anybody commits anything to its file.
/// The writer has use of it for files that it is not changing just now: what its transaction has done is no commit yet.
final class Memory<Row> {
    private let database: Database
    private var mark: CommitMark?
    private var second = Moment(epoch: 0)
    private var rows: [String: Row] = [:]

    /// More are asked for at once by nobody but a search.
    private static var most: Int { 256 }

    init(of database: Database) { self.database = database }

    /// - Parameter find: looks in the file; nil for no such row, which is not remembered.
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
}
