import FoundationEssentials
import Glibc
import Mail
import MailStore

extension StateDirectory {
    /// In the directory that is the service's own; two lines, as of `UnfinishedRestore`.
    private static let restoreMark = "restore.unfinished"

    /// The restore that was cut short; nil when there is none.
    var unfinishedRestore: UnfinishedRestore? {
        guard let folder = StateFolder.open(StoreFile.api.directory, below: path),
            (try? folder.entry(Self.restoreMark).isThere) == true
        else { return nil }
        // That it is there says enough; what it says is for the operator only.
        let text = folder.read(Self.restoreMark) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 1 else { return UnfinishedRestore(backup: "DIR", replaced: nil) }
        return UnfinishedRestore(backup: lines[0], replaced: lines[1].isEmpty ? nil : lines[1])
    }

    /// From now on nobody serves this state, until `endRestore`.
    func begin(_ restore: UnfinishedRestore) throws {
        try folder(of: .api).write("\(restore.backup)\n\(restore.replaced ?? "")\n", to: Self.restoreMark)
    }

    func endRestore() throws {
        for file in StoreFile.allCases { try folder(of: file).sync() }
        let folder = try folder(of: .api)
        try folder.remove(Self.restoreMark)
        try folder.sync()
    }

    /// Whether any of the databases is there, or something else in its place.
    func holdsDatabases() throws -> Bool {
        try StoreFile.allCases.contains { try folderIfThere(of: $0)?.entry(name(of: $0)).isThere == true }
    }

    /// Makes sure that whatever lies in the place of a database can be replaced.
    func requireNoDirectories() throws {
        for file in StoreFile.allCases {
            for suffix in Self.suffixes {
                if case .other(let flaw, isDirectory: true) = try folder(of: file).entry(name(of: file) + suffix) {
                    throw ExitError(flaw, code: .unusableData)
                }
            }
        }
    }

    /// Keeps what is there in a directory beside the state: as a backup when it is sound, else the files as they are.
    /// - Returns: that directory; nil when there is nothing to keep.
    func putAside() throws -> String? {
        guard try holdsDatabases() else { return nil }
        let stamp = Moment.now().timestamp.filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "T")
        var kept = "\(path).replaced-\(stamp)Z"
        var number = 1
        while access(kept, F_OK) == 0 {
            number += 1
            kept = "\(path).replaced-\(stamp)Z-\(number)"
        }
        do {
            try requireFiles()
            for file in StoreFile.allCases { try requireNoForeignFiles(of: file, in: folder(of: file)) }
            _ = try BackupDirectory.make(of: self, at: kept)
            return kept
        } catch let error as ExitError where error.code != .inputOutput {
            Postern.report("what is there is kept as it is, because it is not sound: \(error.reason)")
        }
        try KeptFile.check(mkdir(kept, 0o700), "cannot make \(kept)")
        for file in StoreFile.allCases {
            let folder = try folder(of: file)
            for suffix in ["", "-wal"] {
                let name = name(of: file) + suffix
                if let flaw = try folder.entry(name).flaw {
                    Postern.report("not kept: \(flaw)")
                } else if let original = try folder.open(name) {
                    defer { close(original) }
                    try KeptFile.copy(original, to: BackupDirectory.copy(of: file, in: kept) + suffix)
                }
            }
        }
        try KeptFile.sync(kept)
        try KeptFile.sync(URL(fileURLWithPath: kept).deletingLastPathComponent().path)
        return kept
    }

    /// Replaces the content of one database, and gives it its owner and mode.
    ///
    /// The file stays the same one wherever it still is a database: Postfix' and Dovecot's processes keep theirs open
    /// for hours, and would read on in one that had been replaced by another of the same name.
    ///
    /// - Returns: false when programs that have it open notice more than the new content.
    func restore(_ file: StoreFile, from backup: BackupDirectory) throws -> Bool {
        let copy = BackupDirectory.copy(of: file, in: backup.path)
        var isSeamless = try refillIfSound(file, from: copy)
        if isSeamless == nil {
            let folder = try folder(of: file)
            // A log that is left would be taken for the new file's.
            for suffix in Self.suffixes { try folder.remove(name(of: file) + suffix) }
            try make(file)
            _ = try refill(file, from: copy)
            isSeamless = false
        }
        try own(file)
        return isSeamless == true
    }

    /// - Returns: as of `restore`; nil, with nothing done, when there is no such file, or one that is no database any
    ///   more, or something in its place or in that of a side file that the mail programs cannot have made as such.
    private func refillIfSound(_ file: StoreFile, from copy: String) throws -> Bool? {
        let folder = try folder(of: file)
        guard try folder.entry(name(of: file)).isThere, try flaws(of: file, in: folder).isEmpty else { return nil }
        do {
            try requireNoForeignFiles(of: file, in: folder)
        } catch let error as ExitError where error.code == .unusableData {
            return nil
        }
        try own(file)
        do {
            return try refill(file, from: copy)
        } catch let error as StoreError {
            guard error.kind == .damaged else { throw error }
            return nil
        }
    }

    /// The backup is for root's eyes only, and the database is opened as the service: once open, no file of the state is
    /// looked up by name any more.
    private func refill(_ file: StoreFile, from copy: String) throws -> Bool {
        let database = try asService { try KeptCopy.open(path(of: file)) }
        return try KeptCopy.restore(from: copy, into: database, progress: Postern.progress)
    }
}
