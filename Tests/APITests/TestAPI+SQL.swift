import Foundation
import MailStore
import Storage

extension TestAPI {
    /// Runs a statement of the test's own on a file, beside the API.
    func run(_ sql: SQL, on file: StoreFile = .vmail) throws {
        try connection(file, writes: true).execute(sql)
    }

    /// The rows of a query of the test's own, values as text joined by `|`, NULL as `NULL`.
    func rows(_ sql: SQL, in file: StoreFile = .vmail) throws -> [String] {
        try connection(file).all(sql) { row in
            (0..<row.columnCount).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
        }
    }

    /// Every row of every table of the account, policy and usage files, to see that a refused call changed nothing.
    /// Sessions and the admin log are left out.
    func contents() throws -> [String] {
        try parts.flatMap { file in
            let connection = try connection(file)
            let tables = try connection.columns().keys.filter { !$0.hasPrefix("sqlite") && $0 != "log" }.sorted()
            return try tables.flatMap { table in
                try connection.all(SQL(trusted: "SELECT * FROM \"\(table)\" ORDER BY 1, 2")) { row in
                    "\(table): "
                        + (0..<row.columnCount).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
                }
            }
        }
    }

    /// The account, policy and usage files; those that are a database together once.
    var parts: [StoreFile] {
        if case .server = place { [.vmail, .amavisd, .iredapd] } else { [.vmail, .amavisd, .iredapd, .usage] }
    }

    /// The admin log, oldest line first: `event|admin|ip|domain|username|msg`.
    func log() throws -> [String] {
        try rows("SELECT event, admin, ip, domain, username, msg FROM log ORDER BY id")
    }
}

/// What `contents` reads, for those who read it again and again: a file is only read when it has changed.
final class ContentsReader {
    private var files: [(connection: Engine, queries: [(table: String, query: SQL)], version: Int, lines: [String])]

    init(_ api: TestAPI) throws {
        files = try api.parts.map { file in
            let connection = try api.connection(file)
            // What is queued for mailing lists goes some time after the answer.
            let tables = try connection.columns().keys
                .filter { !$0.hasPrefix("sqlite") && $0 != "log" && $0 != "list_requests" }
                .sorted()
            return (connection, tables.map { ($0, SQL(trusted: "SELECT * FROM \"\($0)\" ORDER BY 1, 2")) }, -1, [])
        }
    }

    func read() throws -> [String] {
        for index in files.indices {
            let connection = files[index].connection
            if case .sqlite = connection {
                // Counts the commits of all other connections.
                let version = try connection.first("PRAGMA data_version") { $0.integer(0) } ?? 0
                if version == files[index].version { continue }
                files[index].version = version
            }
            files[index].lines = try files[index].queries.flatMap { table, query in
                try connection.all(query) { row in
                    "\(table): "
                        + (0..<row.columnCount).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
                }
            }
        }
        return files.flatMap(\.lines)
    }
}
