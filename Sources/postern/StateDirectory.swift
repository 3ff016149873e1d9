import FoundationEssentials
import Glibc
import MailStore
import Neighbours
import Settings
import Storage

/// The state directory: the databases with their owners and modes, and the locks. Source: `Storage.md` 1.
///
/// When the databases are at a server, only the locks are here.
struct StateDirectory {
    /// Absolute, without a slash at its end.
    let path: String
    /// Where the databases are instead; nil when they are files of the directory.
    let server: ServerState?
    /// The standby from which requests are answered (`DATABASE_READ`); nil for none.
    let standby: ServerState?

    static let defaultPath = "/var/lib/postern"

    /// - Throws: for a settings file that cannot be read, or a `DATABASE` or `DATABASE_READ` that cannot be used.
    init(_ arguments: Arguments) throws {
        path = URL(fileURLWithPath: arguments[.state] ?? Self.defaultPath).standardizedFileURL.path
        let settings = try LoadedSettings.settings(arguments)
        func server(_ setting: Setting<String>) throws -> ServerState? {
            settings[setting].isEmpty ? nil : try ServerState(settings[setting])
        }
        self.server = try server(Settings.database)
        standby = try server(Settings.databaseToRead)
    }

    /// A state of files.
    init(path: String) {
        self.path = path
        server = nil
        standby = nil
    }

    var place: StatePlace { server.map { .server($0) } ?? .files(path) }

    /// The databases that are files here.
    var files: [StoreFile] { server == nil ? StoreFile.allCases : [] }

    /// The same for the files that are printed for the mail programs.
    /// - Throws: `PostgreSQLAccess.Unusable` for a host that these files cannot name.
    var databases: ConfiguredDatabases {
        get throws {
            guard let server else { return .files(stateDirectory: path) }
            return .server(try PostgreSQLAccess(parameters: server.server.parameters()))
        }
    }

    /// How the standby is reached; nil when there is none.
    /// - Throws: as `databases`.
    var standbyAccess: PostgreSQLAccess? {
        get throws { try standby.map { try PostgreSQLAccess(parameters: $0.server.parameters()) } }
    }

    /// What the state is called in messages.
    var name: String { server.map { "the server \($0)" } ?? path }

    /// - Throws: when the databases are not files here; the error says what to do instead.
    func requireFilesHere(_ instead: String) throws {
        guard server != nil else { return }
        throw ExitError("the databases are at a PostgreSQL server (DATABASE): \(instead)", code: .configuration)
    }

    func path(of file: StoreFile) -> String { "\(path)/\(file.relativePath)" }
    func directoryPath(of file: StoreFile) -> String { "\(path)/\(file.directory)" }

    /// Makes the directories and the empty databases.
    ///
    /// Run by root on a machine with the accounts, each gets its owner and group. Otherwise all belongs to the caller.
    ///
    /// Empty directories may be there: the installation makes them (`systemd/tmpfiles.d/postern.conf`).
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody.
    /// - Throws: before anything is made, when something of a state is there already.
    func create(greylisting: Bool) throws {
        for file in StoreFile.allCases where try openDirectoryIfPresent(of: file) != nil {
            let content = try FileManager.default.contentsOfDirectory(atPath: directoryPath(of: file))
            guard content.isEmpty else {
                throw ExitError(
                    "\(directoryPath(of: file)) exists: a state is made only where there is none", code: .unusableData)
            }
        }
        try makeMissingDirectories()
        for file in StoreFile.allCases {
            try openDirectory(of: file).setOwnerAndMode(to: Self.ids(of: file), mode: file.directoryMode)
        }
        for file in StoreFile.allCases {
            try make(file)
            try asService { try Migrator.fill(file, at: path(of: file), greylisting: greylisting) }
            try setOwnerAndMode(of: file)
        }
    }

    /// Makes the directories that are missing, each with its owner and mode.
    func makeMissingDirectories() throws {
        try makeDirectory()
        for file in server == nil ? StoreFile.allCases : [.api] where try openDirectoryIfPresent(of: file) == nil {
            try DurableFile.check(mkdir(directoryPath(of: file), 0o700), "cannot make \(directoryPath(of: file))")
            try openDirectory(of: file).setOwnerAndMode(to: Self.ids(of: file), mode: file.directoryMode)
        }
    }

    /// Makes the state directory itself, and those above it that are missing.
    private func makeDirectory() throws {
        guard access(path, F_OK) != 0 else { return }
        // Whatever the umask is, the mail programs have to get through. Not by chmod afterwards: whoever owns the
        // directory above could put a link there in between.
        let mask = umask(0o022)
        defer { umask(mask) }
        var made = ""
        for component in path.split(separator: "/") {
            made += "/\(component)"
            guard mkdir(made, 0o755) != 0, errno != EEXIST else { continue }
            throw ExitError("cannot make \(made): \(String(cString: strerror(errno)))", code: .inputOutput)
        }
    }

    /// Suffixes of the side files that SQLite makes, and of the database itself, in the order of removal. The database
    /// is last: a write-ahead log without it would be taken for that of the next one.
    static let suffixes = ["-wal", "-shm", "-journal", ""]

    func name(of file: StoreFile) -> String { "\(file.rawValue).db" }

    /// The directory of a database, held open.
    func openDirectory(of file: StoreFile) throws -> DatabaseDirectory {
        guard let directory = try openDirectoryIfPresent(of: file) else {
            throw ExitError("\(directoryPath(of: file)) is missing", code: .configuration)
        }
        return directory
    }

    /// As `openDirectory`; nil when it is missing.
    ///
    /// - Throws: when it is a symbolic link, or may not be opened.
    func openDirectoryIfPresent(of file: StoreFile) throws -> DatabaseDirectory? {
        if let directory = DatabaseDirectory.open(file.directory, below: path) { return directory }
        switch errno {
        case ENOENT: return nil
        case ELOOP, ENOTDIR:
            throw ExitError("\(directoryPath(of: file)) is a symbolic link or no directory", code: .unusableData)
        case EACCES:
            throw ExitError(
                "\(directoryPath(of: file)) is closed to this user; ask as root or as the service's own user",
                code: .configuration)
        default:
            throw ExitError(
                "cannot open \(directoryPath(of: file)): \(String(cString: strerror(errno)))", code: .inputOutput)
        }
    }

    /// Makes an empty file with its final mode and owner, before SQLite makes the side files: they get the same mode.
    func make(_ file: StoreFile) throws {
        let directory = try openDirectory(of: file)
        let descriptor = try directory.make(name(of: file), mode: mode_t(file.fileMode))
        defer { close(descriptor) }
        try setOwnerAndMode(descriptor, file, name(of: file), in: directory, isNew: true)
    }

    /// Gives a database and its side files owner and mode.
    func setOwnerAndMode(of file: StoreFile) throws {
        let directory = try openDirectory(of: file)
        for suffix in ["", "-wal", "-shm"] {
            let name = name(of: file) + suffix
            guard let descriptor = try directory.openPath(name) else { continue }
            defer { close(descriptor) }
            try setOwnerAndMode(descriptor, file, name, in: directory)
        }
    }

    private func setOwnerAndMode(
        _ descriptor: Int32, _ file: StoreFile, _ name: String, in directory: DatabaseDirectory, isNew: Bool = false
    ) throws {
        var status = stat()
        try DurableFile.check(fstat(descriptor, &status), "cannot look at \(directory.path)/\(name)")
        if !isNew { try requireNotForeign(status, file, name, in: directory) }
        let owner = owner(of: file, in: directory).flatMap { owner in
            status.st_uid != owner.user || status.st_gid != owner.group ? owner : nil
        }
        try directory.setOwnerAndMode(descriptor, name, to: owner, mode: mode_t(file.fileMode))
    }

    /// - Throws: for a database or side file that `requireNotForeign` refuses.
    func requireNoForeignFiles(of file: StoreFile, in directory: DatabaseDirectory) throws {
        for suffix in Self.suffixes {
            let name = name(of: file) + suffix
            if case .file(let status) = try directory.entry(name) {
                try requireNotForeign(status, file, name, in: directory)
            }
        }
    }

    /// - Throws: for a file whose owner is none of those who write in the directory. A mail program can make a hard
    ///   link to another user's file; once the first name is removed, only the owner shows that. With another owner,
    ///   the file could be read by the mail program.
    private func requireNotForeign(
        _ status: stat, _ file: StoreFile, _ name: String, in directory: DatabaseDirectory
    ) throws {
        guard geteuid() == 0, directory.status.st_mode & (S_IWGRP | S_IWOTH) != 0 else { return }
        let service = DatabaseDirectory.open(StoreFile.api.directory, below: path)?.status.st_uid
        let known =
            [directory.status.st_uid, service, owner(of: file, in: directory)?.user]
            + StoreFile.allCases.flatMap(\.readers).map(userID)
        guard !known.contains(status.st_uid) else { return }
        throw ExitError(
            "\(directory.path)/\(name) belongs to user \(status.st_uid), who may not have a file there: remove it",
            code: .unusableData)
    }

    /// The owner that a file should have; on a machine without the accounts that of its directory. Nil when not root:
    /// the caller then owns the file already.
    private func owner(of file: StoreFile, in directory: DatabaseDirectory) -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        return Self.ids(of: file) ?? (directory.status.st_uid, directory.status.st_gid)
    }

    /// Runs code in which SQLite opens databases of the state. Root runs it as the service's user (`FileUser`), unless
    /// the state is root's own. For other users nothing changes.
    func asService<Result>(_ body: () throws -> Result) throws -> Result {
        guard geteuid() == 0, server == nil, let own = DatabaseDirectory.open(StoreFile.api.directory, below: path),
            own.status.st_uid != 0,
            let shared = DatabaseDirectory.open(StoreFile.usage.directory, below: path)
        else { return try body() }
        // One group is enough: usage.db is Dovecot's and open to this group; the user owns the other databases.
        let service = FileUser(user: own.status.st_uid, group: shared.status.st_gid)
        defer { for file in StoreFile.allCases { setOwnerOfSideFiles(of: file, madeBy: service) } }
        return try service.run(body)
    }

    /// Gives the side files that SQLite has made as the service's user their owner and group: those of `usage.db`
    /// belong to Dovecot, and those of `api.db` must not have the readers' group.
    private func setOwnerOfSideFiles(of file: StoreFile, madeBy service: FileUser) {
        guard let directory = try? openDirectory(of: file) else { return }
        for suffix in ["-wal", "-shm"] {
            let name = name(of: file) + suffix
            guard let descriptor = try? directory.openPath(name) else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_uid == service.user else { continue }
            do {
                try setOwnerAndMode(descriptor, file, name, in: directory)
            } catch {
                Postern.report("\(error)", .warning)
            }
        }
    }

    /// What only one process at a time may be; each has a lock file of that name in `api/`.
    enum Role: String {
        /// The one that writes the databases.
        case writer = "writer.lock"
        /// The one that resolves the whitelisted SPF domains.
        case spfRefresh = "spf-refresh.lock"
        /// The one that looks for the codes of waiting domains.
        case verifyDomains = "verify-domains.lock"
    }

    /// Takes the lock of a role in the state; it is held until the `RoleLock` is released.
    ///
    /// - Parameter other: a lock of the same role elsewhere, held as long.
    /// - Throws: `Locked` when another process has it.
    func takeStateLock(_ role: Role, beside other: RoleLock? = nil) throws -> RoleLock {
        let directory = try openDirectory(of: .api)
        // For postern-purge.service the state is read-only. It can still see that the server holds the lock.
        let flags = directory.isReadOnly ? O_RDONLY : O_CREAT | O_RDWR
        guard let descriptor = try directory.open(role.rawValue, flags) else {
            throw ExitError("\(directory.path)/\(role.rawValue) is missing", code: .inputOutput)
        }
        // The service must be able to open a file that root has made.
        if !directory.isReadOnly {
            do {
                try directory.setDirectoryOwner(descriptor, role.rawValue)
            } catch {
                close(descriptor)
                throw error
            }
        }
        return try RoleLock(role, of: self, on: descriptor, beside: other)
    }

    /// Takes the lock of a role in a directory of this user's own, which is no part of the state.
    func takeOwnLock(_ role: Role, in directory: String) throws -> RoleLock {
        let path = directory + "/" + role.rawValue
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        try DurableFile.check(descriptor, "cannot open \(path)")
        return try RoleLock(role, of: self, on: descriptor)
    }

    /// Another process has the role.
    struct Locked: Error, CustomStringConvertible {
        let role: Role
        let path: String
        var description: String {
            switch role {
            case .writer: "another Postern is at work on \(path)"
            case .spfRefresh: "another spf-refresh is at work on \(path)"
            case .verifyDomains: "another verify-domains is at work on \(path)"
            }
        }
    }

    /// The ids a file should have; nil when not root, or when the machine lacks the accounts.
    static func ids(of file: StoreFile) -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0, let user = userID(file.owner), let group = groupID(file.group) else { return nil }
        return (user, group)
    }

}

/// The lock of a role, which this process has until the object is released.
final class RoleLock {
    private let descriptor: Int32
    private let other: RoleLock?

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - descriptor: of the open lock file; it is closed with this object, and when the lock is not free.
    ///   - other: held as long as this one.
    /// - Throws: when another process has the lock.
    init(
        _ role: StateDirectory.Role, of state: StateDirectory, on descriptor: Int32, beside other: RoleLock? = nil
    ) throws(StateDirectory.Locked) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StateDirectory.Locked(role: role, path: state.path)
        }
        self.descriptor = descriptor
        self.other = other
    }

    /// One line in the lock file, for the next process in this role; empty for none.
    var note: String {
        get {
            var bytes = [UInt8](repeating: 0, count: Self.longestNote)
            let count = pread(descriptor, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        set {
            let line = Array(newValue.utf8.prefix(Self.longestNote - 1)) + [UInt8(ascii: "\n")]
            // A failure does no harm: the next run begins from the front.
            if pwrite(descriptor, line, line.count, 0) == line.count { ftruncate(descriptor, off_t(line.count)) }
        }
    }

    /// Unit: bytes. A domain name has at most 253.
    private static let longestNote = 512

    deinit { close(descriptor) }
}

/// The id of an account; nil when there is none of that name.
func userID(_ name: String) -> uid_t? { getpwnam(name)?.pointee.pw_uid }

func groupID(_ name: String) -> gid_t? { getgrnam(name)?.pointee.gr_gid }
