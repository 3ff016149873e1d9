import Foundation
import MailStore
import SQLite

extension TestAPI {
    /// Runs a statement of the test's own on a file, beside the API.
    func run(_ sql: SQL, on file: StoreFile = .vmail) throws {
        let path = "\(directory)/\(file.relativePath)"
        try Connection(path, .writer(synchronous: .normal)).execute(sql)
    }

    /// The rows of a query of the test's own, values as text joined by `|`, NULL as `NULL`.
    func rows(_ sql: SQL, in file: StoreFile = .vmail) throws -> [String] {
        try Connection("\(directory)/\(file.relativePath)", .reader).all(sql) { row in
            (0..<row.columnCount).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
        }
    }

    /// Every row of every table of the account, policy and usage files, to see that a refused call changed nothing.
    /// Sessions and the admin log are left out.
    func contents() throws -> [String] {
        try [StoreFile.vmail, .amavisd, .iredapd, .usage].flatMap { file in
            let connection = try Connection("\(directory)/\(file.relativePath)", .reader)
            let tables = try connection.all(
                """
                SELECT name FROM sqlite_master
                 WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'log'
                 ORDER BY name
                """
            ) { $0.text(0) }
            return try tables.flatMap { table in
                try connection.all(SQL(trusted: "SELECT * FROM \"\(table)\" ORDER BY 1, 2")) { row in
                    "\(table): "
                        + (0..<row.columnCount).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
                }
            }
        }
    }

    /// The admin log, oldest line first: `event|admin|ip|domain|username|msg`.
    func log() throws -> [String] {
        try rows("SELECT event, admin, ip, domain, username, msg FROM log ORDER BY id")
    }
}

/// What `contents` reads, for those who read it again and again: a file is only read when it has changed.
final class ContentsReader {
    private var files: [(connection: Connection, queries: [(table: String, query: SQL)], version: Int, lines: [String])]

    init(_ directory: String) throws {
        files = try [StoreFile.vmail, .amavisd, .iredapd, .usage].map { file in
            let connection = try Connection("\(directory)/\(file.relativePath)", .reader)
            let tables = try connection.all(
                """
                SELECT name FROM sqlite_master
                 WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                   -- What is queued for mailing lists goes some time after the answer.
                   AND name NOT IN ('log', 'list_requests')
                 ORDER BY name
                """
            ) { $0.text(0) }
            return (connection, tables.map { ($0, SQL(trusted: "SELECT * FROM \"\($0)\" ORDER BY 1, 2")) }, -1, [])
        }
    }

    func read() throws -> [String] {
        for index in files.indices {
            let connection = files[index].connection
            // Counts the commits of all other connections.
            let version =
                try connection.first("PRAGMA data_version") { $0.integer(0) } ?? 0
            if version == files[index].version { continue }
            files[index].version = version
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
