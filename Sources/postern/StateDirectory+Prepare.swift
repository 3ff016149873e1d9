import FoundationEssentials
import Glibc
import MailStore
import SQLite

extension StateDirectory {
    /// - Throws: when a database is missing or empty, or a restore was cut short; nothing is made in its place.
    func requireFiles() throws {
        if let restore = unfinishedRestore {
            throw ExitError(
                "\(path) is half restored; finish it: postern restore \(restore.backup) --state \(path) --force",
                code: .unusableData)
        }
        for file in StoreFile.allCases {
            var status = stat()
            let isThere = stat(path(of: file), &status) == 0
            guard isThere || errno != EACCES else {
                throw ExitError(
                    "\(path(of: file)) is closed to this user; ask as root or as the service's own user",
                    code: .configuration)
            }
            guard isThere else {
                throw ExitError(
                    "\(path(of: file)) is missing; `postern init --state \(path) --admin MAIL` makes a new state",
                    code: .configuration)
            }
            // Opened for writing, it would become a database without a table.
            guard status.st_size > 0 else {
                throw ExitError("\(path(of: file)) is empty: restore it from a backup", code: .unusableData)
            }
        }
    }

    /// Makes sure that every database is there, is ours and is up to date, and that nobody else writes.
    /// - Returns: the lock that keeps others from writing, for as long as it is kept.
    /// - Throws: `Locked` when another process is the writer.
    func prepare() throws -> RoleLock {
        try requireFiles()
        let lock = try lock(.writer)
        for file in StoreFile.allCases {
            do {
                guard access(path(of: file), R_OK | W_OK) == 0 else {
                    throw ExitError("\(path(of: file)) cannot be written by this user", code: .configuration)
                }
                if let copy = try Migrator.update(file, at: path(of: file), report: { Postern.report($0) }) {
                    Postern.report("\(file.rawValue): schema updated; the file as it was: \(copy)")
                }
            } catch let error as SQLiteError {
                throw ExitError(
                    error.isCorrupt ? "\(path(of: file)) is damaged: restore it from a backup (\(error))" : "\(error)",
                    code: error.isCorrupt ? .unusableData : .inputOutput)
            }
        }
        return lock
    }

    /// Where the running server can be reached; kept beside the databases for the operator's tools. Nil: nowhere local.
    var serverSocket: String? {
        get {
            let path = try? String(contentsOfFile: directory(of: .api) + "/socket", encoding: .utf8)
            return path.flatMap { $0.isEmpty ? nil : $0 }
        }
        nonmutating set {
            do {
                try (newValue ?? "").write(toFile: directory(of: .api) + "/socket", atomically: true, encoding: .utf8)
            } catch {
                Postern.report("the tools will not find this server: \(error)")
            }
        }
    }
}
