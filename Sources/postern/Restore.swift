import Glibc
import MailStore

/// `postern restore`: replaces the content of the databases, in files that the mail programs keep open.
enum Restore: Command {
    static let name = "restore"
    static let summary = "Replaces the content of all databases by that of a backup."
    static let operand: String? = "DIR"
    static let options = [Option.state, .settings, force]
    static let notes = """
        The server must be stopped, and stay so: systemctl stop postern.socket postern.service. Postfix, Dovecot and
        amavisd may go on; their next look-up finds what is restored. Run it as root.
        The backup is read through first. Where there is a state already, --force is needed, and what was there is kept
        in a directory beside it, as a backup that can be restored the same way. Nobody stays logged in to the API.
        Anything in the place of a database that is no regular file with one name is removed, and no link is followed; a
        directory is refused.
        A restore that is cut short leaves a state that the server refuses to serve: run it again with --force.
        Afterwards `doveadm quota recalc -A` counts the mail anew.
        Where DATABASE names a PostgreSQL server, its rows are replaced, of each database in one transaction; the databases
        must have been made before, by postern init --database. Stop all instances of Postern first: what they change
        meanwhile would be lost.
        Exit status 65 when the backup is damaged or not complete, or a state is there and --force is missing; 74 when a
        file cannot be read or written; 78 when the server runs.
        """

    private static let force = Option(
        name: "--force", value: nil, meaning: "Replaces an existing state, which is kept beside it.")

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 1, let operand = arguments.operands.first else {
            throw UsageError(reason: "the directory of the backup is missing, or there is more than one")
        }
        umask(0o027)
        let backup = try BackupDirectory(at: operand)
        try backup.verify()
        let state = try StateDirectory(arguments)
        try state.makeMissingDirectories()
        let lock = try state.takeStateLock(.writer)
        defer { withExtendedLifetime(lock) {} }
        if state.server != nil { return try restoreRows(of: backup, to: state, replaces: arguments.has(force)) }
        guard try arguments.has(force) || !state.holdsDatabases() else {
            throw ExitError(
                "\(state.path) holds a state already; --force replaces it and keeps what is there beside it",
                code: .unusableData)
        }
        try state.requireNoDirectories()
        // A restore that was cut short has already put aside what was there before. What it left is not kept.
        let unfinished = state.unfinishedRestore
        let replaced = unfinished == nil ? try state.putAside() : unfinished?.replaced
        try state.begin(UnfinishedRestore(backup: backup.path, replaced: replaced))
        var isReopenNeeded = false
        do {
            // The accounts last, as in every commit (`Storage.md` 8): when one of the others fails, the mail programs
            // go on with the accounts they had.
            for file in StoreFile.allCases.filter({ $0 != .vmail }) + [.vmail] {
                let isSeamless = try state.restore(file, from: backup)
                if !isSeamless, !file.readers.isEmpty { isReopenNeeded = true }
            }
        } catch let error as StoreError {
            throw ExitError(
                "\(error); the state is half restored: run this again with --force, after making room on the disk",
                code: .inputOutput)
        }
        try state.endRestore()
        Postern.say("Restored \(state.path) from \(backup.path), taken \(backup.manifest.taken) UTC.")
        if let replaced { Postern.say("What was there before: \(replaced)") }
        if replaced != nil, isReopenNeeded {
            Postern.say(
                "Restart Postfix, Dovecot and amavisd: a file they may have open was damaged or of another version.")
        }
        Postern.say("Next: start Postern, then `doveadm quota recalc -A`.")
    }

    /// Restores the databases at a server.
    private static func restoreRows(of backup: BackupDirectory, to state: StateDirectory, replaces: Bool) throws {
        try state.requireDatabases()
        let isEmpty = try StateTransfer(from: state.place).holdsNoAccounts()
        guard isEmpty || replaces else {
            throw ExitError(
                "there are accounts at \(state.name); --force replaces them and keeps what is there in a backup",
                code: .unusableData)
        }
        // A restore that was cut short has already put aside what was there before.
        let unfinished = state.unfinishedRestore
        let kept = try unfinished.map(\.replaced) ?? (isEmpty ? nil : state.putAsideRows())
        try state.begin(UnfinishedRestore(backup: backup.path, replaced: kept))
        let copies = Dictionary(
            uniqueKeysWithValues: StoreFile.allCases.map { ($0, BackupDirectory.copy(of: $0, in: backup.path)) })
        let rows = try Move.copy(try StateTransfer(copies: copies), to: state.place)
        try state.endRestore()
        Postern.say("Restored \(rows) rows to \(state.name) from \(backup.path), taken \(backup.manifest.taken) UTC.")
        if let kept { Postern.say("What was there before: \(kept)") }
        Postern.say("Next: start Postern, then `doveadm quota recalc -A`.")
    }
}

/// A restore that is in progress or was cut short. The state holds it in a file until all databases are restored.
struct UnfinishedRestore {
    /// Where the backup lies.
    let backup: String
    /// Where the state lies that was there before; nil when there was none.
    let replaced: String?
}
