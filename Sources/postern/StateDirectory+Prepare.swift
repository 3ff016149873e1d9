import Glibc
import MailStore

extension StateDirectory {
    /// - Throws: when a database is missing or empty, when something else is in its place, and when a restore was cut
    ///   short. Nothing is made or changed.
    func requireFiles() throws {
        if let restore = unfinishedRestore {
            throw ExitError(
                "\(path) is half restored; finish it: postern restore \(restore.backup) --state \(path) --force",
                code: .unusableData)
        }
        if server != nil { return try requireDatabases() }
        for file in StoreFile.allCases {
            let missing = ExitError(
                "\(path(of: file)) is missing; `postern init --state \(path) --admin MAIL` makes a new state",
                code: .configuration)
            guard let directory = try openDirectoryIfPresent(of: file) else { throw missing }
            switch try directory.entry(name(of: file)) {
            case .missing: throw missing
            case .other(let flaw, _): throw ExitError(flaw, code: .unusableData)
            case .file(let status):
                // SQLite takes an empty file for a database without tables.
                guard status.st_size > 0 else {
                    throw ExitError("\(path(of: file)) is empty: restore it from a backup", code: .unusableData)
                }
            }
            if let flaw = try flaws(of: file, in: directory).first { throw ExitError(flaw, code: .unusableData) }
        }
    }

    /// How long a server that is not there is waited for: both may start at the same time.
    private static let longestWait = Duration.seconds(30)

    /// - Throws: when the server cannot be reached, or a database is missing or of another version.
    func requireDatabases() throws {
        guard let server else { return }
        let end = ContinuousClock.now + Self.longestWait
        var isWaiting = false
        while true {
            do {
                return try ServerMigrator.requireAll(in: server)
            } catch let error as StoreError where error.kind == .unreachable && ContinuousClock.now < end {
                if !isWaiting { Postern.report("waiting for the PostgreSQL server: \(error)") }
                isWaiting = true
                usleep(500_000)
            } catch let error as StoreError {
                throw ExitError("\(error)", code: .inputOutput)
            } catch let failure as ServerMigrator.Failure {
                throw ExitError(failure.description, code: .configuration)
            }
        }
    }

    /// In words, what has the name of a database or of its side files and is no regular file with one name.
    func flaws(of file: StoreFile, in directory: DatabaseDirectory) throws -> [String] {
        try Self.suffixes.compactMap { try directory.entry(name(of: file) + $0).flaw }
    }

    /// Makes this process the writer: checks the databases, takes the lock, and brings the schemas up to date.
    ///
    /// - Returns: the lock, held until the object is released.
    /// - Throws: `Locked` when another process is the writer; `ExitError` when a database cannot be used.
    func prepare() throws -> RoleLock {
        try requireFiles()
        if server != nil { try makeMissingDirectories() }
        let lock = try takeStateLock(.writer)
        for file in files {
            do {
                guard access(path(of: file), R_OK | W_OK) == 0 else {
                    throw ExitError("\(path(of: file)) cannot be written by this user", code: .configuration)
                }
                let copy = try asService {
                    try Migrator.update(file, at: path(of: file)) { addresses in
                        Postern.report(
                            "\(addresses) addresses were switched on or off in forwardings: those in domains that are "
                                + "disabled or not proved no longer count")
                    }
                }
                if let copy {
                    Postern.report("\(file.rawValue): schema updated; the file as it was: \(copy)")
                }
            } catch let error as StoreError {
                throw ExitError(
                    error.kind == .damaged
                        ? "\(path(of: file)) is damaged: restore it from a backup (\(error))" : "\(error)",
                    code: error.kind == .damaged ? .unusableData : .inputOutput)
            }
        }
        return lock
    }

    /// The path of the running server's socket, which the file `api/socket` has for the operator's tools. Nil when the
    /// server listens on TCP, or none has run yet.
    var serverSocket: String? {
        get {
            let path = DatabaseDirectory.open(StoreFile.api.directory, below: path)?.read("socket")
            return path.flatMap { $0.isEmpty ? nil : $0 }
        }
        nonmutating set {
            do {
                try openDirectory(of: .api).write(newValue ?? "", to: "socket")
            } catch {
                Postern.report("the tools will not find this server: \(error)")
            }
        }
    }
}
