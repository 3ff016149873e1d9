import Glibc

/// A directory of the mail storage that is to be removed with all that is in it. No step follows a symbolic link.
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
        // Whether a mailbox uses it was asked of the text: another spelling of the same path would not have been found.
        guard !path.contains("//") else { throw Refusal("it has an empty part") }
        self.base = base
        self.components = Array(components.dropFirst(baseComponents.count))
    }

    /// A directory that is not there any more counts as removed.
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

    /// Opens the storage's own directory. A link on the way to it counts where only root, or the caller, can have put it:
    /// who delivers the mail may write above it too, and could otherwise choose what is removed.
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
        // A symbolic link is neither followed nor removed: somebody put it there for a reason of his own.
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
        // The stream takes its descriptor along when it is closed.
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
