import FoundationEssentials
import Glibc
import MailStore

/// The state directory: the databases with their owners and modes, and the locks. Source: `Storage.md` 1.
struct StateDirectory {
    /// Absolute, without a slash at its end.
    let path: String

    static let usualPath = "/var/lib/postern"

    init(_ arguments: Arguments) {
        path = URL(fileURLWithPath: arguments[.state] ?? Self.usualPath).standardizedFileURL.path
    }

    func path(of file: StoreFile) -> String { "\(path)/\(file.relativePath)" }
    func directory(of file: StoreFile) -> String { "\(path)/\(file.directory)" }

    /// Makes the directories and the empty databases.
    ///
    /// Run by root on a machine with the accounts, each gets its owner and group. Otherwise all belongs to the caller.
    ///
    /// Empty directories may be there: the installation makes them (`systemd/tmpfiles.d/postern.conf`).
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody.
    /// - Throws: before anything is made, when something of a state is there already.
    func create(greylisting: Bool) throws {
        for file in StoreFile.allCases where try folderIfThere(of: file) != nil {
            let content = try FileManager.default.contentsOfDirectory(atPath: directory(of: file))
            guard content.isEmpty else {
                throw ExitError(
                    "\(directory(of: file)) exists: a state is made only where there is none", code: .unusableData)
            }
        }
        try makeMissingDirectories()
        for file in StoreFile.allCases {
            try folder(of: file).own(Self.ids(of: file), mode: file.directoryMode)
        }
        for file in StoreFile.allCases {
            try make(file)
            try asService { try Migrator.fill(file, at: path(of: file), greylisting: greylisting) }
            try own(file)
        }
    }

    /// Makes the directories that are missing, each with its owner and mode.
    func makeMissingDirectories() throws {
        if access(path, F_OK) != 0 {
            try check(makeDirectories(path), "cannot make \(path)")
        }
        for file in StoreFile.allCases where try folderIfThere(of: file) == nil {
            try check(mkdir(directory(of: file), 0o700), "cannot make \(directory(of: file))")
            try folder(of: file).own(Self.ids(of: file), mode: file.directoryMode)
        }
    }

    /// Suffixes of the side files that SQLite makes, and of the database itself, in the order of removal. The database
    /// is last: a write-ahead log without it would be taken for that of the next one.
    static let suffixes = ["-wal", "-shm", "-journal", ""]

    func name(of file: StoreFile) -> String { "\(file.rawValue).db" }

    /// The directory of a database, held open.
    func folder(of file: StoreFile) throws -> StateFolder {
        guard let folder = try folderIfThere(of: file) else {
            throw ExitError("\(directory(of: file)) is missing", code: .configuration)
        }
        return folder
    }

    /// As `folder`; nil when it is missing.
    ///
    /// - Throws: when it is a symbolic link, or may not be opened.
    func folderIfThere(of file: StoreFile) throws -> StateFolder? {
        if let folder = StateFolder.open(file.directory, below: path) { return folder }
        switch errno {
        case ENOENT: return nil
        case ELOOP, ENOTDIR:
            throw ExitError("\(directory(of: file)) is a symbolic link or no directory", code: .unusableData)
        case EACCES:
            throw ExitError(
                "\(directory(of: file)) is closed to this user; ask as root or as the service's own user",
                code: .configuration)
        default:
            throw ExitError(
                "cannot open \(directory(of: file)): \(String(cString: strerror(errno)))", code: .inputOutput)
        }
    }

    /// Makes an empty file with its final mode and owner, before SQLite makes the side files: they get the same mode.
    func make(_ file: StoreFile) throws {
        let folder = try folder(of: file)
        let descriptor = try folder.make(name(of: file), mode: mode_t(file.fileMode))
        defer { close(descriptor) }
        try give(descriptor, file, name(of: file), in: folder, isNew: true)
    }

    /// Gives a database and its side files owner and mode.
    func own(_ file: StoreFile) throws {
        let folder = try folder(of: file)
        for suffix in ["", "-wal", "-shm"] {
            let name = name(of: file) + suffix
            guard let descriptor = try folder.hold(name) else { continue }
            defer { close(descriptor) }
            try give(descriptor, file, name, in: folder)
        }
    }

    private func give(
        _ descriptor: Int32, _ file: StoreFile, _ name: String, in folder: StateFolder, isNew: Bool = false
    ) throws {
        var status = stat()
        try check(fstat(descriptor, &status), "cannot look at \(folder.path)/\(name)")
        if !isNew { try requireNotForeign(status, file, name, in: folder) }
        let owner = owner(of: file, in: folder).flatMap { owner in
            status.st_uid != owner.user || status.st_gid != owner.group ? owner : nil
        }
        try folder.give(descriptor, name, to: owner, mode: mode_t(file.fileMode))
    }

    /// - Throws: for a database or side file that `requireNotForeign` refuses.
    func requireNoForeignFiles(of file: StoreFile, in folder: StateFolder) throws {
        for suffix in Self.suffixes {
            let name = name(of: file) + suffix
            if case .file(let status) = try folder.entry(name) { try requireNotForeign(status, file, name, in: folder) }
        }
    }

    /// - Throws: for a file whose owner is none of those who write in the directory. A mail program can make a hard
    ///   link to another user's file; once the first name is removed, only the owner shows that. Given away, the file
    ///   could be read by the mail program.
    private func requireNotForeign(_ status: stat, _ file: StoreFile, _ name: String, in folder: StateFolder) throws {
        guard geteuid() == 0, folder.status.st_mode & (S_IWGRP | S_IWOTH) != 0 else { return }
        let service = StateFolder.open(StoreFile.api.directory, below: path)?.status.st_uid
        let known =
            [folder.status.st_uid, service, owner(of: file, in: folder)?.user]
            + StoreFile.allCases.flatMap(\.readers).map(userID)
        guard !known.contains(status.st_uid) else { return }
        throw ExitError(
            "\(folder.path)/\(name) belongs to user \(status.st_uid), who has no business there: remove it",
            code: .unusableData)
    }

    /// The owner that a file should have; on a machine without the accounts that of its directory. Nil when not root:
    /// the caller then owns the file already.
    private func owner(of file: StoreFile, in folder: StateFolder) -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        return Self.ids(of: file) ?? (folder.status.st_uid, folder.status.st_gid)
    }

    /// Runs code in which SQLite opens databases of the state. Root runs it as the service's user (`FileUser`), unless
    /// the state is root's own. For other users nothing changes.
    func asService<Result>(_ body: () throws -> Result) throws -> Result {
        guard geteuid() == 0, let own = StateFolder.open(StoreFile.api.directory, below: path), own.status.st_uid != 0,
            let shared = StateFolder.open(StoreFile.usage.directory, below: path)
        else { return try body() }
        // One group is enough: usage.db is Dovecot's and open to this group; the user owns the other databases.
        let service = FileUser(user: own.status.st_uid, group: shared.status.st_gid)
        defer { for file in StoreFile.allCases { giveSideFiles(of: file, madeBy: service) } }
        return try service.run(body)
    }

    /// Gives the side files that SQLite has made as the service's user their owner and group: those of `usage.db`
    /// belong to Dovecot, and those of `api.db` must not have the readers' group.
    private func giveSideFiles(of file: StoreFile, madeBy service: FileUser) {
        guard let folder = try? folder(of: file) else { return }
        for suffix in ["-wal", "-shm"] {
            let name = name(of: file) + suffix
            guard let descriptor = try? folder.hold(name) else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_uid == service.user else { continue }
            do { try give(descriptor, file, name, in: folder) } catch { Postern.report("\(error)", .warning) }
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

    /// Takes the lock of a role; it is held until the `RoleLock` is released.
    ///
    /// - Parameter other: a lock of the same role elsewhere, held as long.
    /// - Throws: `Locked` when another process has it.
    func lock(_ role: Role, beside other: RoleLock? = nil) throws -> RoleLock {
        let folder = try folder(of: .api)
        // For postern-purge.service the state is read-only. It can still see that the server holds the lock.
        let flags = folder.isReadOnly ? O_RDONLY : O_CREAT | O_RDWR
        guard let descriptor = try folder.open(role.rawValue, flags) else {
            throw ExitError("\(folder.path)/\(role.rawValue) is missing", code: .inputOutput)
        }
        let lock = RoleLock(descriptor: descriptor, beside: other)
        // The service must be able to open a file that root has made.
        if !folder.isReadOnly { try folder.giveToOwner(descriptor, role.rawValue) }
        return try hold(lock, descriptor, role)
    }

    /// As the other `lock`, in a directory of this user's own that is no part of the state.
    func lock(_ role: Role, inOwn directory: String) throws -> RoleLock {
        let path = directory + "/" + role.rawValue
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        try check(descriptor, "cannot open \(path)")
        return try hold(RoleLock(descriptor: descriptor), descriptor, role)
    }

    private func hold(_ lock: RoleLock, _ descriptor: Int32, _ role: Role) throws -> RoleLock {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Locked(role: role, path: path)
        }
        return lock
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

    private func makeDirectories(_ path: String) -> Int32 {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            return 0
        } catch {
            return -1
        }
    }

    private func check(_ result: Int32, _ what: String) throws {
        guard result >= 0 else { throw ExitError("\(what): \(String(cString: strerror(errno)))", code: .inputOutput) }
    }
}

/// The lock of a role, which this process has until the object is released.
final class RoleLock {
    private let descriptor: Int32
    private let other: RoleLock?

    init(descriptor: Int32, beside other: RoleLock? = nil) {
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
