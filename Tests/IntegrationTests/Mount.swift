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

    /// What lies below `source`, for reading only.
    ///
    /// - Parameter path: where; nil for `source` itself, from now on.
    init(readOnly source: String, at path: String? = nil) throws {
        let path = path ?? source
        self.path = path
        try Self.mount(["--bind", source, path])
        try Self.mount(["-o", "remount,bind,ro", path])
    }

    /// What lies below `lower`, with changes that go to `layers/upper` instead.
    init(over lower: String, layers: String, at path: String) throws {
        self.path = path
        let options = "lowerdir=\(lower),upperdir=\(layers)/upper,workdir=\(layers)/work"
        try Self.mount(["-t", "overlay", "-o", options, "overlay", path])
    }

    /// The processes there are.
    init(processesAt path: String) throws {
        self.path = path
        try Self.mount(["-t", "proc", "proc", path])
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
