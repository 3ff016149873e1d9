import Glibc

/// Files and directories of the spool. What a function here has made is on the disk when it returns. Every error names
/// the file.
enum SpoolFile {
    /// The longest file that is read, in bytes.
    private static let limit = 32 << 20

    /// All of a file; nil when it is not there.
    static func read(_ path: String) throws(ListFailure) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot open \(path)")
        }
        defer { close(descriptor) }
        return try read(descriptor, path)
    }

    static func read(_ descriptor: Int32, _ path: String) throws(ListFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = pread(descriptor, &piece, piece.count, bytes.count)
            guard count >= 0 else { throw failure("cannot read \(path)") }
            if count == 0 { return bytes }
            bytes += piece.prefix(count)
            guard bytes.count <= limit else { throw ListFailure(.failed, "\(path) is too long") }
        }
    }

    /// Gives a file a new content, whole or not at all.
    /// - Parameter draft: a free name in the same file system, for the content until it is complete.
    static func replace(_ path: String, with bytes: [UInt8], draft: String) throws(ListFailure) {
        unlink(draft)
        do throws(ListFailure) {
            try make(draft, with: bytes)
            guard rename(draft, path) == 0 else { throw failure("cannot name \(path)") }
        } catch {
            unlink(draft)
            throw error
        }
        try sync(parent(of: path))
    }

    /// Makes a file that must not be there yet.
    static func make(_ path: String, with bytes: [UInt8]) throws(ListFailure) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot make \(path)") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("cannot write \(path)") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync \(path)") }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) throws(ListFailure) {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw failure("cannot remove \(path)")
        }
        try sync(parent(of: path))
    }

    /// Makes a directory; one that is there stays.
    /// - Parameter isSynced: false when the directory around it is synced later.
    static func makeDirectory(_ path: String, isSynced: Bool = true) throws(ListFailure) {
        guard mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST, isDirectory(path) else { throw failure("cannot make \(path)") }
            return
        }
        if isSynced { try sync(parent(of: path)) }
    }

    /// Gives a directory another name.
    static func move(_ path: String, to new: String) throws(ListFailure) {
        guard rename(path, new) == 0 else { throw failure("cannot move \(path) to \(new)") }
        try sync(parent(of: new))
        try sync(parent(of: path))
    }

    /// Removes a directory with all that is in it; links in it are removed, not followed.
    static func removeTree(_ path: String) throws(ListFailure) {
        for name in try names(in: path) {
            let entry = "\(path)/\(name)"
            if isDirectory(entry) {
                try removeTree(entry)
            } else if unlink(entry) != 0, errno != ENOENT {
                throw failure("cannot remove \(entry)")
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw failure("cannot remove \(path)") }
    }

    /// The entries of a directory, ascending; empty when it is not there.
    static func names(in path: String) throws(ListFailure) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("cannot read \(path)")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// False for anything else, also for a link to a directory.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func sync(_ path: String) throws(ListFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync \(path)") }
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// With the reason of `errno`.
    static func failure(_ what: String) -> ListFailure {
        ListFailure(.failed, "\(what): \(String(cString: strerror(errno)))")
    }
}
