import Gateway
import Settings

/// `postern purge`: removes the directories of deleted mailboxes whose date has come. Source: `Contract.md` 5.7.
enum Purge: Command {
    static let name = "purge"
    static let summary = "Removes the directories of deleted mailboxes whose date has come."
    static let options = [Option.state, .settings, dryRun]
    static let notes = """
        Run it once a day, as root. What has no date is kept for ever. Only directories
        below storage_base_directory are removed, never through symbolic links, and never one that a mailbox still uses.
        Exit status 1 when something could not be removed.
        """

    private static let dryRun = Option(name: "--dry-run", value: nil, meaning: "Only lists what would be removed.")

    static func run(_ arguments: Arguments) throws {
        let base = try LoadedSettings(arguments).settings[Settings.storageBaseDirectory]
        let channel = try OperatorChannel(arguments)
        let due = try channel.ask([DueDirectory].self, .get, "/postern/deleted_mailboxes")
        var failures = 0
        for (index, row) in due.enumerated() {
            Postern.progress(index + 1, of: due.count)
            do {
                guard !row.in_use else { throw MailDirectory.Refusal("a mailbox still uses it") }
                let directory = try MailDirectory(row.maildir, below: base)
                if arguments.has(dryRun) {
                    Postern.say("\(row.delete_date)\t\(row.username)\t\(row.maildir)")
                    continue
                }
                try directory.remove()
                // The row is deleted last: while it is there, no new mailbox gets this directory.
                try channel.send(.delete, "/postern/deleted_mailboxes/\(row.id)")
                Postern.report("purged \(row.maildir) of \(row.username)")
            } catch {
                failures += 1
                Postern.report("not purged: \(row.maildir): \(error)")
            }
        }
        if due.isEmpty { Postern.say("Nothing is due.") }
        if failures > 0 { throw ExitError("\(failures) of \(due.count) not purged") }
    }

    /// A row of `GET /postern/deleted_mailboxes`.
    private struct DueDirectory: Decodable {
        let id: Int
        let username: String
        let maildir: String
        let delete_date: String
        let in_use: Bool
    }
}
