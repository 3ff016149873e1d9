import Support

/// A file system mounted for a test, until the value goes.
final class Mount {
    /// Containers often may not mount.
    static let isAllowed: Bool = {
        guard let directory = try? TemporaryDirectory() else { return false }
        return (try? Mount(emptyAt: directory.path, megabytes: 1)) != nil
    }()

    private let path: String

    /// An empty file system of its own size, in memory.
    init(emptyAt path: String, megabytes: Int) throws {
        self.path = path
        try Self.mount(["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=755", "tmpfs", path])
    }

    /// What lies below `path`, from now on for reading only.
    init(readOnly path: String) throws {
        self.path = path
        try Self.mount(["--bind", path, path])
        try Self.mount(["-o", "remount,bind,ro", path])
    }

    deinit {
        // Lazily: what still has it open does not keep the directory from being removed.
        _ = try? Program.run("/usr/bin/umount", ["--lazy", path])
    }

    private static func mount(_ arguments: [String]) throws {
        let result = try Program.run("/usr/bin/mount", arguments)
        guard result.status == 0 else { throw Program.Failure(description: "mount: \(result.errorOutput)") }
    }
}
