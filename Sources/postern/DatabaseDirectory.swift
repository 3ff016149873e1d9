import Glibc

/// One directory of a state, held open. Files are opened below this descriptor and changed through descriptors of
/// their own, never by a name that was checked before. The mail programs may write some of these directories, so a name
/// may be another file a moment later (`Security.md` G18).
final class DatabaseDirectory {
    let path: String
    private let descriptor: Int32
    /// Of the directory itself.
    private(set) var status = stat()

    /// What a name stands for.
    enum Entry {
        case missing
        /// A regular file with one name.
        case file(stat)
        /// Anything else; it is never opened. `flaw` says what it is and what to do.
        case other(flaw: String, isDirectory: Bool)

        var flaw: String? { if case .other(let flaw, _) = self { flaw } else { nil } }
        var isPresent: Bool { if case .missing = self { false } else { true } }
    }

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        fstat(descriptor, &status)
    }

    /// Nil, with the reason in `errno`, when there is none or it is a link.
    static func open(_ name: String, below state: String) -> DatabaseDirectory? {
        // A link on this way is followed: only root, or the caller, can have made it.
        let parent = Glibc.open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return nil }
        let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let reason = errno
        close(parent)
        errno = reason
        return descriptor < 0 ? nil : DatabaseDirectory("\(state)/\(name)", descriptor)
    }

    deinit { close(descriptor) }

    /// Whether the file system is read-only for this process.
    var isReadOnly: Bool {
        var system = statvfs()
        return fstatvfs(descriptor, &system) == 0 && system.f_flag & UInt(ST_RDONLY) != 0
    }

    /// - Throws: when this user may not look into the directory.
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
            flaw: "\(path)/\(name) \(kind): it is no file of Postern's and is left alone; remove it",
            isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Opens a regular file; the caller closes it.
    ///
    /// - Parameter flags: for `openat`; with `O_CREAT`, `mode` is the new file's.
    /// - Returns: nil when there is none.
    /// - Throws: for anything but a file that has this one name.
    func open(_ name: String, _ flags: Int32 = O_RDONLY, mode: mode_t = 0o600) throws -> Int32? {
        // O_NONBLOCK, because opening a named pipe would wait for a writer.
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

    /// Opens a file with O_PATH: for its status, owner and mode, not for its content. The caller closes it.
    ///
    /// Files of a database that SQLite may have open are opened this way only. Closing any other descriptor would drop
    /// all locks that SQLite has on that file in this process (POSIX, fcntl(2)).
    ///
    /// - Returns: nil when there is none.
    /// - Throws: for anything but a file that has this one name.
    func openPath(_ name: String) throws -> Int32? {
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

    /// Sets owner and mode of a file from `openPath` or `make`; without `ids` the mode alone.
    func setOwnerAndMode(_ file: Int32, _ name: String, to ids: (user: uid_t, group: gid_t)?, mode: mode_t) throws {
        if let ids {
            try DurableFile.check(
                fchownat(file, "", ids.user, ids.group, Self.emptyPath), "cannot change the owner of \(path)/\(name)")
        }
        // After the owner, because a change of owner clears some bits of the mode. fchmod(2) refuses a descriptor with
        // O_PATH; chmod(2) of its link in /proc does not.
        try DurableFile.check(chmod("/proc/self/fd/\(file)", mode), "cannot set the mode of \(path)/\(name)")
    }

    /// O_PATH and AT_EMPTY_PATH of open(2), which Swift's module of the C library lacks. The values are the same on
    /// x86-64 and ARM64.
    private static let pathOnly: Int32 = 0o10_000_000
    private static let emptyPath: Int32 = 0x1000

    /// Makes an empty file where there is nothing; the caller closes it.
    func make(_ name: String, mode: mode_t) throws -> Int32 {
        let flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC
        let file = openat(descriptor, name, flags, mode)
        guard file >= 0 else { throw failure("cannot make", name) }
        return file
    }

    /// The first 64 KiB of a file; nil when there is none, or it cannot be read.
    func read(_ name: String) -> String? {
        guard let file = try? open(name) else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Replaces whatever has that name by a new file with mode 0600, owned like the directory. It is on the disk when
    /// this returns.
    func write(_ text: String, to name: String) throws {
        let unfinished = "\(name).new"
        try remove(unfinished)
        let file = try make(unfinished, mode: 0o600)
        defer { close(file) }
        try setDirectoryOwner(file, unfinished)
        try DurableFile.append(Array(text.utf8), to: file, "\(path)/\(unfinished)")
        try DurableFile.check(fsync(file), "cannot sync \(path)/\(unfinished)")
        guard renameat(descriptor, unfinished, descriptor, name) == 0 else { throw failure("cannot make", name) }
        try sync()
    }

    /// Gives a file that root has made the owner and group of the directory.
    func setDirectoryOwner(_ file: Int32, _ name: String) throws {
        guard geteuid() == 0 else { return }
        try DurableFile.check(fchown(file, status.st_uid, status.st_gid), "cannot change the owner of \(path)/\(name)")
    }

    /// Removes a name, unless it is a directory; no link is followed. A missing name is no error.
    func remove(_ name: String) throws {
        guard unlinkat(descriptor, name, 0) != 0, errno != ENOENT else { return }
        let reason = errno
        if let flaw = try? entry(name).flaw { throw ExitError(flaw, code: .unusableData) }
        errno = reason
        throw failure("cannot remove", name)
    }

    /// Sets owner and mode of the directory itself; without `ids` the mode alone.
    func setOwnerAndMode(to ids: (user: uid_t, group: gid_t)?, mode: mode_t) throws {
        if let ids {
            try DurableFile.check(fchown(descriptor, ids.user, ids.group), "cannot change the owner of \(path)")
        }
        // After the owner: a change of owner clears the setgid bit.
        try DurableFile.check(fchmod(descriptor, mode), "cannot set the mode of \(path)")
        try DurableFile.check(fstat(descriptor, &status), "cannot look at \(path)")
    }

    /// Syncs the directory to the disk.
    func sync() throws { try DurableFile.check(fsync(descriptor), "cannot sync \(path)") }

    private func failure(_ what: String, _ name: String) -> ExitError {
        ExitError("\(what) \(path)/\(name): \(String(cString: strerror(errno)))", code: .inputOutput)
    }
}
