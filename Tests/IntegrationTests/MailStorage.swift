import Foundation
import Glibc
import Support

/// A mail storage of the test's own, with rows that say what of it is kept for a while.
struct MailStorage {
    let server: OperatorServer
    /// `storage_base_directory`.
    var base: String { "\(server.postern.mail)/node" }

    init() throws {
        server = try OperatorServer()
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: false)
    }

    /// Makes a mailbox with a message, below the mail storage unless the path is absolute; its path.
    @discardableResult
    func makeMailbox(_ path: String) throws -> String {
        let directory = path.hasPrefix("/") ? path : "\(base)/\(path)"
        try FileManager.default.createDirectory(atPath: "\(directory)/Maildir/cur", withIntermediateDirectories: true)
        try Data("mail".utf8).write(to: URL(fileURLWithPath: "\(directory)/Maildir/cur/1"))
        return directory
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path.hasPrefix("/") ? path : "\(base)/\(path)", &status) == 0
    }

    /// A date as SQL has it.
    ///
    /// - Parameter days: from today, UTC.
    static func day(_ days: Int) -> String {
        let date = Date(timeIntervalSinceNow: Double(days) * 86_400)
        return "'\(date.formatted(.iso8601.year().month().day()))'"
    }

    /// - Parameter date: SQL, such as `day(0)` or `NULL`.
    func keep(_ path: String, until date: String, of user: String = "gone@open.example") throws {
        let path = path.hasPrefix("/") ? path : "\(base)/\(path)"
        try server.postern.sql(
            """
            INSERT INTO deleted_mailboxes (timestamp, username, domain, maildir, bytes, messages, admin, delete_date)
            VALUES ('2026-01-01 00:00:00', '\(user)', 'open.example', '\(path)', 0, 0, 'x@admin.example', \(date));
            """)
    }

    /// The paths that the rows name, below the mail storage as they were given.
    func kept() throws -> [String] {
        try server.postern.sql("SELECT maildir FROM deleted_mailboxes ORDER BY id;").split(separator: "\n")
            .map { $0.hasPrefix("\(base)/") ? String($0.dropFirst(base.utf8.count + 1)) : String($0) }
    }

    func purge(_ options: [String] = []) throws -> Program.Result { try server.tool(["purge"] + options) }
}
