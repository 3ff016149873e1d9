import Glibc

/// A directory of the mail storage that is to be removed with all that is in it. Below the base directory no symbolic
/// link is followed.
struct MailDirectory {
    private let base: String
    private let components: [String]

    struct Refusal: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// - Throws: for the base itself, for what lies outside it, and for a path with two slashes in a row.
    init(_ path: String, below base: String) throws(Refusal) {
        let components = path.split(separator: "/").map(String.init)
        let baseComponents = base.split(separator: "/").map(String.init)
        guard path.hasPrefix("/"), components.count > baseComponents.count, components.starts(with: baseComponents),
            components.allSatisfy({ $0 != "." && $0 != ".." })
        else { throw Refusal("it is not below \(base)") }
        // The server compares paths as text to find the mailboxes that use a directory: no other spelling will do.
        guard !path.contains("//") else { throw Refusal("it has an empty part") }
        self.base = base
        self.components = Array(components.dropFirst(baseComponents.count))
    }

    /// Removes the directory; one that does not exist counts as removed.
    func remove() throws(Refusal) {
        var parent = try Self.openBase(base)
        defer { close(parent) }
        for component in components.dropLast() {
            let next = openat(parent, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if next < 0, errno == ENOENT { return }
            guard next >= 0 else { throw Self.failure("cannot open \(component)") }
            close(parent)
            parent = next
        }
        if let name = components.last { try Self.removeTree(name, in: parent) }
    }

    /// Opens the base directory. A symbolic link on the way to it is followed only in a directory that nobody but root
    /// or the caller may write. A mail program may write others, and could otherwise choose what is removed.
    private static func openBase(_ path: String) throws(Refusal) -> Int32 {
        var directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("cannot open /") }
        for component in path.split(separator: "/").map(String.init) {
            var status = stat()
            let isOurs =
                fstat(directory, &status) == 0 && (status.st_uid == 0 || status.st_uid == geteuid())
                && status.st_mode & (S_IWGRP | S_IWOTH) == 0
            let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (isOurs ? 0 : O_NOFOLLOW)
            let next = openat(directory, component, flags)
            let reason = errno
            close(directory)
            errno = reason
            guard next >= 0 else { throw failure("cannot open \(path)") }
            directory = next
        }
        return directory
    }

    private static func removeTree(_ name: String, in parent: Int32) throws(Refusal) {
        let directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if directory < 0, errno == ENOENT { return }
        // Fails for a symbolic link in place of the directory: the admin may have made it. Below, links are removed.
        guard directory >= 0 else { throw failure("cannot open \(name)") }
        defer { close(directory) }
        for entry in try entries(of: directory, name) {
            var status = stat()
            guard fstatat(directory, entry, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try removeTree(entry, in: directory)
            } else if unlinkat(directory, entry, 0) != 0, errno != ENOENT {
                throw failure("cannot remove \(entry)")
            }
        }
        guard unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw failure("cannot remove \(name)")
        }
    }

    private static func entries(of directory: Int32, _ name: String) throws(Refusal) -> [String] {
        // closedir(3) closes the descriptor of the stream.
        guard let stream = fdopendir(dup(directory)) else { throw failure("cannot read \(name)") }
        defer { closedir(stream) }
        var entries: [String] = []
        while let entry = readdir(stream) {
            let text = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if text != "." && text != ".." { entries.append(text) }
        }
        return entries
    }

    private static func failure(_ what: String) -> Refusal { Refusal("\(what): \(String(cString: strerror(errno)))") }
}
