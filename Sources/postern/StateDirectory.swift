import FoundationEssentials
import Glibc
import MailStore
import SQLite

/// Where the databases lie, and how their directories and files are owned.
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
    /// Run by root on a machine that has the accounts, each gets its owner and group; otherwise all belongs to the
    /// caller, as a development or demonstration run wants it.
    ///
    /// Empty directories may be there: an installation makes them (tmpfiles.d), because only root may set their bits.
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody.
    /// - Throws: before anything is made, when something of a state is there already.
    func create(greylisting: Bool) throws {
        for file in StoreFile.allCases where access(directory(of: file), F_OK) == 0 {
            let content = try FileManager.default.contentsOfDirectory(atPath: directory(of: file))
            guard content.isEmpty else {
                throw ExitError(
                    "\(directory(of: file)) exists: a state is made only where there is none", code: .unusableData)
            }
        }
        try makeMissingDirectories()
        for file in StoreFile.allCases {
            try own(directory(of: file), file, mode: file.directoryMode)
            try make(file)
            try Migrator.fill(file, at: path(of: file), greylisting: greylisting)
            try own(file)
        }
    }

    /// Makes the directories that are not there.
    func makeMissingDirectories() throws {
        if access(path, F_OK) != 0 {
            try check(makeDirectories(path), "cannot make \(path)")
        }
        for file in StoreFile.allCases where access(directory(of: file), F_OK) != 0 {
            try check(mkdir(directory(of: file), 0o700), "cannot make \(directory(of: file))")
            try own(directory(of: file), file, mode: file.directoryMode)
        }
    }

    /// Makes an empty file with its final mode and owner: the write-ahead log's side files take over mode and group.
    func make(_ file: StoreFile) throws {
        let descriptor = open(path(of: file), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode_t(file.fileMode))
        try check(descriptor, "cannot make \(path(of: file))")
        close(descriptor)
        try own(path(of: file), file, mode: file.fileMode)
    }

    /// Gives a database and its side files owner and mode. SQLite gives the side files the database's owner only when
    /// it runs as root; here it does, or nothing is owned.
    func own(_ file: StoreFile) throws {
        for suffix in ["", "-wal", "-shm"] where access(path(of: file) + suffix, F_OK) == 0 {
            try own(path(of: file) + suffix, file, mode: file.fileMode)
        }
    }

    /// What only one process at a time may be.
    enum Role: String {
        /// The one that writes the databases.
        case writer = "writer.lock"
        /// The one that resolves the whitelisted SPF domains.
        case spfRefresh = "spf-refresh.lock"
        /// The one that looks for the codes of waiting domains.
        case verifyDomains = "verify-domains.lock"
    }

    /// Takes the lock of a role; held until the value goes.
    /// - Throws: `Locked` when another process has it.
    func lock(_ role: Role) throws -> RoleLock { try lock(role, in: directory(of: .api)) }

    /// - Parameters:
    ///   - directory: where the role's file lies.
    ///   - other: a lock of the same role elsewhere, held as long.
    func lock(_ role: Role, in directory: String, beside other: RoleLock? = nil) throws -> RoleLock {
        let lockPath = directory + "/" + role.rawValue
        var descriptor = open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // Whoever may not write the state, such as postern-purge.service, can still see that the server holds the lock.
        let isReadOnly = descriptor < 0 && errno == EROFS
        if isReadOnly { descriptor = open(lockPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        try check(descriptor, "cannot open \(lockPath)")
        let lock = RoleLock(descriptor: descriptor, beside: other)
        // Made by root, it must be the service's too: it belongs to whom its directory does.
        var status = stat()
        if !isReadOnly, geteuid() == 0, stat(directory, &status) == 0 {
            try check(fchown(descriptor, status.st_uid, status.st_gid), "cannot give away \(lockPath)")
        }
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

    private func own(_ path: String, _ file: StoreFile, mode: UInt32) throws {
        if let (user, group) = Self.ids(of: file) { try check(chown(path, user, group), "cannot give away \(path)") }
        // After the owner: a change of owner clears the setgid bit.
        try check(chmod(path, mode_t(mode)), "cannot set the mode of \(path)")
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

/// A role that this process has, until the value goes.
final class RoleLock {
    private let descriptor: Int32
    private let other: RoleLock?

    init(descriptor: Int32, beside other: RoleLock? = nil) {
        self.descriptor = descriptor
        self.other = other
    }

    /// One line that is there again for the next one in this role; empty for none.
    var note: String {
        get {
            var bytes = [UInt8](repeating: 0, count: Self.longestNote)
            let count = pread(descriptor, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        set {
            let line = Array(newValue.utf8.prefix(Self.longestNote - 1)) + [UInt8(ascii: "\n")]
            // What is lost here costs the next one a beginning from the front, no more.
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
