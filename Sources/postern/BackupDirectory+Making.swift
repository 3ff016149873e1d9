import FoundationEssentials
import Glibc
import Mail
import MailStore

extension BackupDirectory {
    /// The directory's name, in its final parent, until all of it is there and on the disk.
    private static let unfinishedName = "postern-backup.unfinished"

    /// Copies all databases of a state, whether the server runs or not, and checks the copies from their first page to
    /// their last.
    ///
    /// - Parameter path: absolute; must not exist, or be an empty directory.
    /// - Returns: the backup, and `StateSnapshot.isOfOneMoment`.
    /// - Throws: when a database cannot be copied or is damaged; nothing is left behind then.
    static func make(
        of state: StateDirectory, at path: String
    ) throws -> (backup: BackupDirectory, isOfOneMoment: Bool) {
        let content = try? FileManager.default.contentsOfDirectory(atPath: path)
        // An empty directory, or nothing.
        guard content?.isEmpty ?? (access(path, F_OK) != 0) else {
            throw ExitError("\(path) exists: a backup goes to a new directory", code: .unusableData)
        }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let unfinished = "\(parent)/\(unfinishedName)"
        let lock = try begin(unfinished)
        defer { close(lock) }
        do {
            let (entries, taken, isOfOneMoment) = try copyAll(of: state, to: unfinished)
            let manifest = Manifest(postern: Version.text, taken: taken, files: entries)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let text = try encoder.encode(manifest)
            try DurableFile.write(Array(text) + [UInt8(ascii: "\n")], to: "\(unfinished)/\(manifestName)")
            try DurableFile.sync(unfinished)
            try DurableFile.check(rename(unfinished, path), "cannot make \(path)")
            try DurableFile.sync(parent)
            return (BackupDirectory(path, manifest), isOfOneMoment)
        } catch {
            discard(unfinished)
            if let failure = error as? RowCopy.Failure { throw ExitError("\(failure)", code: .unusableData) }
            guard let failure = error as? StoreError else { throw error }
            throw ExitError("\(failure)", code: failure.kind == .damaged ? .unusableData : .inputOutput)
        }
    }

    /// Makes the unfinished directory, or empties the one of a run that was killed, and locks it.
    ///
    /// - Returns: its descriptor; closing it releases the lock.
    private static func begin(_ unfinished: String) throws -> Int32 {
        let isNew = mkdir(unfinished, 0o700) == 0
        if !isNew, errno != EEXIST { try DurableFile.check(-1, "cannot make \(unfinished)") }
        let descriptor = try DurableFile.check(
            open(unfinished, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "cannot open \(unfinished)")
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == geteuid() else {
            close(descriptor)
            throw ExitError("\(unfinished) belongs to somebody else", code: .unusableData)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ExitError("another backup is at work in \(unfinished)", code: .configuration)
        }
        if !isNew { removeContents(unfinished) }
        return descriptor
    }

    private static func copyAll(
        of state: StateDirectory, to directory: String
    ) throws -> (entries: [Manifest.Entry], taken: String, isOfOneMoment: Bool) {
        if state.server != nil {
            // The rows, in files of the same kind: such a backup can be restored to either engine.
            let transfer = try StateTransfer(from: state.place)
            let taken = Moment.now().timestamp
            let total = try transfer.count()
            var done = 0
            let entries = try StoreFile.allCases.map { file in
                var copied = 0
                defer { done += copied }
                return try add(file, to: directory) { path in
                    try transfer.copy(file, to: path) { rows in
                        copied = rows
                        Postern.progress(done + rows, of: total)
                    }
                }
            }
            return (entries, taken, true)
        }
        // Opening is enough: later nothing is looked up by name. The copies belong to the caller.
        let snapshot = try state.asService { try StateSnapshot(directory: state.path) }
        let taken = Moment.now().timestamp
        let entries = try StoreFile.allCases.map { file in
            try add(file, to: directory) { try snapshot.copy(file, to: $0, progress: Postern.progress) }
        }
        return (entries, taken, snapshot.isOfOneMoment)
    }

    private static func add(
        _ file: StoreFile, to directory: String, _ fill: (_ path: String) throws -> Void
    ) throws -> Manifest.Entry {
        let path = copy(of: file, in: directory)
        try DurableFile.make(path)
        try fill(path)
        try DurableFile.sync(path)
        let version = try Self.version(file, at: path)
        let digest = try DurableFile.digest(of: path)
        return Manifest.Entry(name: file.rawValue, version: version, bytes: digest.bytes, sha256: digest.sha256)
    }

    private static func discard(_ unfinished: String) {
        removeContents(unfinished)
        rmdir(unfinished)
    }

    /// Removes what `make` puts there, and nothing else.
    private static func removeContents(_ unfinished: String) {
        unlink("\(unfinished)/\(manifestName)")
        for file in StoreFile.allCases {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(copy(of: file, in: unfinished) + suffix) }
        }
    }
}
