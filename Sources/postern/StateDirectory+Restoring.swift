import FoundationEssentials
import Glibc
import Mail
import MailStore
import SQLite

extension StateDirectory {
    /// In the directory that is the service's own; two lines, as of `UnfinishedRestore`.
    private var restoreMark: String { directory(of: .api) + "/restore.unfinished" }

    /// The restore that was cut short; nil when there is none.
    var unfinishedRestore: UnfinishedRestore? {
        guard access(restoreMark, F_OK) == 0 else { return nil }
        // That it is there says enough; what it says is for the operator only.
        let text = (try? String(contentsOfFile: restoreMark, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 1 else { return UnfinishedRestore(backup: "DIR", replaced: nil) }
        return UnfinishedRestore(backup: lines[0], replaced: lines[1].isEmpty ? nil : lines[1])
    }

    /// From now on nobody serves this state, until `endRestore`.
    func begin(_ restore: UnfinishedRestore) throws {
        try KeptFile.write(Array("\(restore.backup)\n\(restore.replaced ?? "")\n".utf8), to: restoreMark)
        var status = stat()
        if geteuid() == 0, stat(directory(of: .api), &status) == 0 {
            try KeptFile.check(chown(restoreMark, status.st_uid, status.st_gid), "cannot give away \(restoreMark)")
        }
        try KeptFile.sync(directory(of: .api))
    }

    func endRestore() throws {
        for file in StoreFile.allCases { try KeptFile.sync(directory(of: file)) }
        try KeptFile.check(unlink(restoreMark), "cannot remove \(restoreMark)")
        try KeptFile.sync(directory(of: .api))
    }

    /// Whether any of the databases is there.
    var holdsDatabases: Bool { StoreFile.allCases.contains { access(path(of: $0), F_OK) == 0 } }

    /// Keeps what is there in a directory beside the state: as a backup when it is sound, else the files as they are.
    /// - Returns: that directory; nil when there is nothing to keep.
    func putAside() throws -> String? {
        guard holdsDatabases else { return nil }
        let stamp = Moment.now().timestamp.filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "T")
        var kept = "\(path).replaced-\(stamp)Z"
        var number = 1
        while access(kept, F_OK) == 0 {
            number += 1
            kept = "\(path).replaced-\(stamp)Z-\(number)"
        }
        do {
            try requireFiles()
            _ = try BackupDirectory.make(of: self, at: kept)
            return kept
        } catch let error as ExitError where error.code != .inputOutput {
            Postern.report("what is there is kept as it is, because it is not sound: \(error.reason)")
        }
        try KeptFile.check(mkdir(kept, 0o700), "cannot make \(kept)")
        for file in StoreFile.allCases {
            for suffix in ["", "-wal"] where access(path(of: file) + suffix, F_OK) == 0 {
                try KeptFile.copy(path(of: file) + suffix, to: BackupDirectory.copy(of: file, in: kept) + suffix)
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
        var isSeamless = try refill(file, from: copy)
        if isSeamless == nil {
            // A log that is left would be taken for the new file's.
            for suffix in ["-wal", "-shm", ""] { unlink(path(of: file) + suffix) }
            try make(file)
            _ = try KeptCopy.restore(from: copy, into: path(of: file), progress: Postern.progress)
            isSeamless = false
        }
        try own(file)
        return isSeamless == true
    }

    /// - Returns: as of `restore`; nil, with nothing done, when there is no such file, or one that is no database any
    ///   more.
    private func refill(_ file: StoreFile, from copy: String) throws -> Bool? {
        guard access(path(of: file), F_OK) == 0 else { return nil }
        try own(file)
        do {
            return try KeptCopy.restore(from: copy, into: path(of: file), progress: Postern.progress)
        } catch {
            guard error.isCorrupt else { throw error }
            return nil
        }
    }
}
