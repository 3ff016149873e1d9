import FoundationEssentials
import Glibc

/// One directory of a state, held open: what is done to its files is done below this descriptor and to descriptors of
/// theirs, never to a name that has been looked at before. The mail programs may write some of these directories, so
/// anything may lie there under any name, and be another thing a moment later.
final class StateFolder {
    let path: String
    private let descriptor: Int32
    private(set) var status = stat()

    /// What lies under a name.
    enum Entry {
        case missing
        case file(stat)
        /// Something that is never opened: what, and what to do.
        case other(flaw: String, isDirectory: Bool)

        var flaw: String? { if case .other(let flaw, _) = self { flaw } else { nil } }
        var isThere: Bool { if case .missing = self { false } else { true } }
    }

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        fstat(descriptor, &status)
    }

    /// Nil, with the reason in `errno`, when there is none or it is a link.
    static func open(_ name: String, below state: String) -> StateFolder? {
        // The state's own directory is root's, or the caller's.
        let parent = Glibc.open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return nil }
        let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let reason = errno
        close(parent)
        errno = reason
        return descriptor < 0 ? nil : StateFolder("\(state)/\(name)", descriptor)
    }

    deinit { close(descriptor) }

    /// Whether this process may write nothing there, whatever the modes say.
    var isReadOnly: Bool {
        var system = statvfs()
        return fstatvfs(descriptor, &system) == 0 && system.f_flag & UInt(ST_RDONLY) != 0
    }

    /// - Throws: when nobody can tell, because the directory is closed to this user.
    func entry(_ name: String) throws -> Entry {
        var status = stat()
        if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return entry(name, status) }
        guard errno != ENOENT else { return .missing }
        throw failure("cannot look at", name)
    }

    private func entry(_ name: String, _ status: stat) -> Entry {
        let kind: String
        switch status.st_mode & S_IFMT {
        case S_IFREG where status.st_nlink == 1: return .file(status)
        case S_IFREG: kind = "has \(status.st_nlink) names (hard links)"
        case S_IFLNK: kind = "is a symbolic link"
        case S_IFDIR: kind = "is a directory"
        case S_IFIFO: kind = "is a named pipe"
        case S_IFSOCK: kind = "is a socket"
        default: kind = "is a device"
        }
        return .other(
            flaw: "\(path)/\(name) \(kind): Postern made no such thing and does not touch it; remove it",
            isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Opens a file that is one; the caller closes it.
    ///
    /// - Parameter flags: for `openat`; with `O_CREAT`, `mode` is the new file's.
    /// - Returns: nil when there is none.
    /// - Throws: for anything but a file that has this one name.
    func open(_ name: String, _ flags: Int32 = O_RDONLY, mode: mode_t = 0o600) throws -> Int32? {
        // A named pipe would keep us waiting.
        let file = openat(descriptor, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode)
        guard file >= 0 else {
            let reason = errno
            guard reason != ENOENT else { return nil }
            if let flaw = try? entry(name).flaw { throw ExitError(flaw, code: .unusableData) }
            errno = reason
            throw failure("cannot open", name)
        }
        var status = stat()
        guard fstat(file, &status) == 0, let flaw = entry(name, status).flaw else { return file }
        close(file)
        throw ExitError(flaw, code: .unusableData)
    }

    /// Holds a file, for looking at it and giving it away, not for what is in it; the caller closes it.
    ///
    /// It has to be this for the files of a database: closing a descriptor of any other kind drops all the locks that
    /// SQLite has on that file in this process (POSIX, fcntl(2); Linux leaves out those that are opened with O_PATH).
    ///
    /// - Returns: nil when there is none.
    /// - Throws: for anything but a file that has this one name.
    func hold(_ name: String) throws -> Int32? {
        let file = openat(descriptor, name, Self.pathOnly | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else {
            guard errno != ENOENT else { return nil }
            throw failure("cannot open", name)
        }
        var status = stat()
        guard fstat(file, &status) == 0, let flaw = entry(name, status).flaw else { return file }
        close(file)
        throw ExitError(flaw, code: .unusableData)
    }

    /// Gives a file that is held, or open, its owner and its mode; nil leaves the owner.
    func give(_ file: Int32, _ name: String, to ids: (user: uid_t, group: gid_t)?, mode: mode_t) throws {
        if let ids {
            try KeptFile.check(
                fchownat(file, "", ids.user, ids.group, Self.emptyPath), "cannot give away \(path)/\(name)")
        }
        // After the owner: a change of owner clears some of the mode's bits. fchmod does not take a file that is only
        // held; the link to it does.
        try KeptFile.check(chmod("/proc/self/fd/\(file)", mode), "cannot set the mode of \(path)/\(name)")
    }

    /// O_PATH and AT_EMPTY_PATH of open(2), hidden from Swift; the same on all machines that Swift knows Debian on.
    private static let pathOnly: Int32 = 0o10_000_000
    private static let emptyPath: Int32 = 0x1000

    /// Makes an empty file where there is nothing; the caller closes it.
    func make(_ name: String, mode: mode_t) throws -> Int32 {
        let flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC
        let file = openat(descriptor, name, flags, mode)
        guard file >= 0 else { throw failure("cannot make", name) }
        return file
    }

    /// All of a small file; nil when there is none, or nothing that can be read.
    func read(_ name: String) -> String? {
        guard let file = try? open(name) else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Puts a new file in the place of whatever has that name, for the directory's owner only; it is on the disk when
    /// this returns.
    func write(_ text: String, to name: String) throws {
        let unfinished = "\(name).new"
        try remove(unfinished)
        let file = try make(unfinished, mode: 0o600)
        defer { close(file) }
        try giveToOwner(file, unfinished)
        try KeptFile.append(Array(text.utf8), to: file, "\(path)/\(unfinished)")
        try KeptFile.check(fsync(file), "cannot keep \(path)/\(unfinished)")
        guard renameat(descriptor, unfinished, descriptor, name) == 0 else { throw failure("cannot make", name) }
        try sync()
    }

    /// Made by root, a file must be the directory's owner's too.
    func giveToOwner(_ file: Int32, _ name: String) throws {
        guard geteuid() == 0 else { return }
        try KeptFile.check(fchown(file, status.st_uid, status.st_gid), "cannot give away \(path)/\(name)")
    }

    /// Removes the name, whatever it stands for; nothing is followed. There may be none.
    func remove(_ name: String) throws {
        guard unlinkat(descriptor, name, 0) != 0, errno != ENOENT else { return }
        let reason = errno
        if let flaw = try? entry(name).flaw { throw ExitError(flaw, code: .unusableData) }
        errno = reason
        throw failure("cannot remove", name)
    }

    /// Gives the directory itself its owner and mode.
    func own(_ ids: (user: uid_t, group: gid_t)?, mode: mode_t) throws {
        if let ids { try KeptFile.check(fchown(descriptor, ids.user, ids.group), "cannot give away \(path)") }
        // After the owner: a change of owner clears the setgid bit.
        try KeptFile.check(fchmod(descriptor, mode), "cannot set the mode of \(path)")
        try KeptFile.check(fstat(descriptor, &status), "cannot look at \(path)")
    }

    /// Puts what has changed in the directory on the disk.
    func sync() throws { try KeptFile.check(fsync(descriptor), "cannot keep \(path)") }

    private func failure(_ what: String, _ name: String) -> ExitError {
        ExitError("\(what) \(path)/\(name): \(String(cString: strerror(errno)))", code: .inputOutput)
    }
}
