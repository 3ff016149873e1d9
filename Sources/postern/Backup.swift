import FoundationEssentials
import Glibc
import MailStore

/// `postern backup`: copies all databases while everything runs.
enum Backup: Command {
    static let name = "backup"
    static let summary = "Copies all databases, while everything runs, to a new directory."
    static let operand: String? = "DIR"
    static let options = [Option.state, .settings]
    static let notes = """
        DIR must not exist, or be empty; its parent must exist. All databases are copied as they are at one moment, read
        through from the first page to the last, and only then get the name DIR, with a manifest of their versions,
        sizes and SHA-256. A backup that is not complete never has that name. Sessions are left out. The mail is not part
        of it.
        Of a PostgreSQL server the rows of Postern's tables are copied, into files of the same kind: such a backup can be
        restored to either.
        Run it as root or as the service's own user; the copies hold password hashes and are for that user only.
        Exit status 65 when a database is damaged or DIR is not empty, 74 when a file cannot be read or written, 78 when
        the state is missing.
        """

    /// Said of a state that never paused.
    static let differentMoments =
        "the databases changed all the time: the copied policies are a little older than the accounts"

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 1, let operand = arguments.operands.first else {
            throw UsageError(reason: "the directory for the backup is missing, or there is more than one")
        }
        umask(0o077)
        let state = try StateDirectory(arguments)
        try state.requireFiles()
        let path = URL(fileURLWithPath: operand).standardizedFileURL.path
        let (backup, isOfOneMoment) = try BackupDirectory.make(of: state, at: path)
        if !isOfOneMoment { Postern.report(differentMoments) }
        let bytes = backup.manifest.files.map(\.bytes).reduce(0, +)
        let count = StoreFile.allCases.count
        Postern.say("Backup of \(state.name) in \(path): \(count) databases, \(bytes) bytes, all sound.")
    }
}
