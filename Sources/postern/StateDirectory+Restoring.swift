import FoundationEssentials
import Glibc
import Mail
import MailStore

extension StateDirectory {
    /// The name of a file in `api/`. It has two lines: the two values of `UnfinishedRestore`.
    private static let restoreMark = "restore.unfinished"

    /// The restore that was cut short; nil when there is none.
    var unfinishedRestore: UnfinishedRestore? {
        guard let directory = DatabaseDirectory.open(StoreFile.api.directory, below: path),
            (try? directory.entry(Self.restoreMark).isPresent) == true
        else { return nil }
        // That the file is there is what counts; its content is for messages only.
        let text = directory.read(Self.restoreMark) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 1 else { return UnfinishedRestore(backup: "DIR", replaced: nil) }
        return UnfinishedRestore(backup: lines[0], replaced: lines[1].isEmpty ? nil : lines[1])
    }

    /// Marks the state: nobody serves it until `endRestore`.
    func begin(_ restore: UnfinishedRestore) throws {
        try openDirectory(of: .api).write("\(restore.backup)\n\(restore.replaced ?? "")\n", to: Self.restoreMark)
    }

    func endRestore() throws {
        for file in files { try openDirectory(of: file).sync() }
        let directory = try openDirectory(of: .api)
        try directory.remove(Self.restoreMark)
        try directory.sync()
    }

    /// Whether any of the databases is there, or something else in its place.
    func holdsDatabases() throws -> Bool {
        try StoreFile.allCases.contains { try openDirectoryIfPresent(of: $0)?.entry(name(of: $0)).isPresent == true }
    }

    /// - Throws: when a directory has the name of a database or of a side file, because it would not be replaced.
    func requireNoDirectories() throws {
        for file in StoreFile.allCases {
            let directory = try openDirectory(of: file)
            for suffix in Self.suffixes {
                if case .other(let flaw, isDirectory: true) = try directory.entry(name(of: file) + suffix) {
                    throw ExitError(flaw, code: .unusableData)
                }
            }
        }
    }

    /// Copies what is there to a new directory beside the state: as a backup when it is sound, else file by file.
    ///
    /// - Returns: the path of that directory; nil when there is nothing to copy.
    func putAside() throws -> String? {
        guard try holdsDatabases() else { return nil }
        let kept = nameForWhatIsReplaced()
        do {
            try requireFiles()
            for file in StoreFile.allCases { try requireNoForeignFiles(of: file, in: openDirectory(of: file)) }
            _ = try BackupDirectory.make(of: self, at: kept)
            return kept
        } catch let error as ExitError where error.code != .inputOutput {
            Postern.report("what is there is kept as it is, because it is not sound: \(error.reason)")
        }
        try DurableFile.check(mkdir(kept, 0o700), "cannot make \(kept)")
        for file in StoreFile.allCases {
            let directory = try openDirectory(of: file)
            for suffix in ["", "-wal"] {
                let name = name(of: file) + suffix
                if let flaw = try directory.entry(name).flaw {
                    Postern.report("not kept: \(flaw)")
                } else if let original = try directory.open(name) {
                    defer { close(original) }
                    try DurableFile.copy(original, to: BackupDirectory.copy(of: file, in: kept) + suffix)
                }
            }
        }
        try DurableFile.sync(kept)
        try DurableFile.sync(URL(fileURLWithPath: kept).deletingLastPathComponent().path)
        return kept
    }

    /// Copies the rows that are at a server to a new directory beside the state, as a backup.
    /// - Returns: its path.
    func putAsideRows() throws -> String {
        let kept = nameForWhatIsReplaced()
        _ = try BackupDirectory.make(of: self, at: kept)
        return kept
    }

    private func nameForWhatIsReplaced() -> String {
        let stamp = Moment.now().timestamp.filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "T")
        var kept = "\(path).replaced-\(stamp)Z"
        var number = 1
        while access(kept, F_OK) == 0 {
            number += 1
            kept = "\(path).replaced-\(stamp)Z-\(number)"
        }
        return kept
    }

    /// Replaces the content of one database, and gives it its owner and mode.
    ///
    /// A file that still is a database is filled anew, because the mail programs keep it open (`Storage.md` 2). Any
    /// other is replaced by a new file.
    ///
    /// - Returns: false when programs that have the file open notice more than the new content.
    func restore(_ file: StoreFile, from backup: BackupDirectory) throws -> Bool {
        let copy = BackupDirectory.copy(of: file, in: backup.path)
        var isSeamless = try refillIfSound(file, from: copy)
        if isSeamless == nil {
            let directory = try openDirectory(of: file)
            // A write-ahead log that stays would be taken for the new file's.
            for suffix in Self.suffixes { try directory.remove(name(of: file) + suffix) }
            try make(file)
            _ = try refill(file, from: copy)
            isSeamless = false
        }
        try setOwnerAndMode(of: file)
        return isSeamless == true
    }

    /// - Returns: as of `restore`; nil, with the content as it was, when the file has to be replaced: it is missing or
    ///   damaged, or it or a side file is no regular file with one name and of a known owner.
    private func refillIfSound(_ file: StoreFile, from copy: String) throws -> Bool? {
        let directory = try openDirectory(of: file)
        guard try directory.entry(name(of: file)).isPresent, try flaws(of: file, in: directory).isEmpty else {
            return nil
        }
        do {
            try requireNoForeignFiles(of: file, in: directory)
        } catch let error as ExitError where error.code == .unusableData {
            return nil
        }
        try setOwnerAndMode(of: file)
        do {
            return try refill(file, from: copy)
        } catch let error as StoreError {
            guard error.kind == .damaged else { throw error }
            return nil
        }
    }

    /// The database is opened as the service's user; later no file of the state is looked up by name. The backup is
    /// read as root, because nobody else may.
    private func refill(_ file: StoreFile, from copy: String) throws -> Bool {
        let database = try asService { try BackupCopy.open(path(of: file)) }
        return try BackupCopy.restore(from: copy, into: database, progress: Postern.progress)
    }
}
