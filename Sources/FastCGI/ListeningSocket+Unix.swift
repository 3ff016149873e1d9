import Glibc

extension ListeningSocket {
    /// A socket in the file system. A socket file on which no process listens any more is replaced. One on which a
    /// process listens, and a file of another kind, are left alone, and the call fails.
    ///
    /// - Parameter mode: the file's mode: who may connect. A umask keeps it from being wider at any moment. Call this
    ///   before other threads make files, because the umask is the whole process's.
    package static func unix(_ path: String, mode: UInt32 = 0o660) throws(Failure) -> ListeningSocket {
        var address = try address(of: path)
        try removeStale(path, &address)
        let descriptor = try make(AF_UNIX)
        let earlierMask = umask(~mode & 0o777)
        let bound = withAddress(&address) { bind(descriptor, $0, $1) }
        let code = errno
        umask(earlierMask)
        guard bound == 0 else {
            Glibc.close(descriptor)
            throw Failure("cannot bind \(path)", code)
        }
        let socket = ListeningSocket(descriptor: descriptor, isLocal: true, removing: path)
        guard chmod(path, mode) == 0 else { throw Failure("cannot set the mode of \(path)", errno) }
        guard listen(descriptor, backlog) == 0 else { throw Failure("cannot listen on \(path)", errno) }
        return socket
    }

    private static func address(of path: String) throws(Failure) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            let bytes = path.utf8
            // The path ends with a NUL.
            guard !bytes.isEmpty, bytes.count < room.count, !bytes.contains(0) else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw Failure("\(path) is empty or too long for a socket's path (107 bytes)") }
        return address
    }

    private static func removeStale(_ path: String, _ address: inout sockaddr_un) throws(Failure) {
        var file = stat()
        guard lstat(path, &file) == 0 else {
            guard errno == ENOENT else { throw Failure("cannot look at \(path)", errno) }
            return
        }
        guard file.st_mode & S_IFMT == S_IFSOCK else { throw Failure("\(path) exists and is not a socket") }
        let probe = try make(AF_UNIX)
        defer { Glibc.close(probe) }
        let connected = withAddress(&address) { connect(probe, $0, $1) }
        // EAGAIN: the backlog is full, so a process listens.
        guard connected != 0, errno != EAGAIN else { throw Failure("another process listens on \(path)") }
        guard errno == ECONNREFUSED else { throw Failure("cannot tell whether \(path) is in use", errno) }
        guard unlink(path) == 0 else { throw Failure("cannot remove the stale socket \(path)", errno) }
    }
}
