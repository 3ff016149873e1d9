import FastCGI
import Glibc
import Mail
import MailingLists

/// `postern lists`: what runs as mlmmj's user. Without an operand it is the helper that changes mlmmj's lists for the
/// server; `receive` takes messages from Postfix; `maintain` does what is due from time to time. `Storage.md` 9.
enum Lists: Command {
    static let name = "lists"
    static let summary = "Changes, feeds and maintains mlmmj's mailing lists; runs as mlmmj's user."
    static let operand: String? = "[receive DIRECTORY extension=TEXT | maintain]"
    static let options = [spool, socket, client, relay]
    static let notes = """
        Without an operand it waits on its socket, which systemd hands over (postern-lists.socket), does what the server
        asks, and ends when nobody has asked for some minutes.
          receive   Gives the message on standard input to the list in DIRECTORY. For Postfix' pipe(8), with what
                    follows the + of the recipient's local part. Exit status 75 when it is to be tried again later.
          maintain  Runs mlmmj-maintd for every list: digests, mail that could not be sent, requests that are too old.
        """

    private static let spool = Option(
        name: "--spool", value: "DIR", meaning: "The directory of mlmmj's lists (default /var/spool/mlmmj).")
    private static let socket = Option(
        name: "--socket", value: "PATH", meaning: "Makes its own socket, instead of the one of systemd.")
    private static let client = Option(
        name: "--client", value: "USER", meaning: "Whose processes are served, beside root's (default postern).")
    private static let relay = Option(
        name: "--relay", value: "HOST:PORT", meaning: "Where new lists send their mail (default 127.0.0.1:25).")

    /// Lists are changed now and then: the process need not stay for that.
    private static let idle = Duration.seconds(300)

    static func run(_ arguments: Arguments) throws {
        let root = arguments[spool] ?? "/var/spool/mlmmj"
        guard root.hasPrefix("/") else { throw UsageError(reason: "--spool: \(root) is no absolute path") }
        let spool = ListSpool(root: root, relay: try relay(arguments)) { Postern.report($0) }
        switch arguments.operands.first {
        case nil: try serve(spool, arguments)
        case "maintain" where arguments.operands.count == 1: try maintain(spool)
        case "receive":
            let prefix = "extension="
            guard arguments.operands.count == 3, arguments.operands[1].hasPrefix("/"),
                arguments.operands[2].hasPrefix(prefix)
            else { throw UsageError(reason: "receive takes an absolute DIRECTORY and extension=TEXT") }
            let receiver = ListReceiver(
                directory: arguments.operands[1], command: String(arguments.operands[2].dropFirst(prefix.count))
            ) { Postern.report($0) }
            exit(receiver.run())
        case .some(let word): throw UsageError(reason: "there is no operand \(word), or not with others beside it")
        }
    }

    private static func relay(_ arguments: Arguments) throws(UsageError) -> (host: String, port: String)? {
        guard let text = arguments[relay] else { return nil }
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 2, UInt16(parts[1]) != nil else {
            throw UsageError(reason: "--relay: \(text) is not HOST:PORT")
        }
        return (parts[0], parts[1])
    }

    private static func serve(_ spool: ListSpool, _ arguments: Arguments) throws {
        let user = arguments[client] ?? "postern"
        guard let id = getpwnam(user)?.pointee.pw_uid else {
            throw ExitError("--client: there is no user \(user)", code: .configuration)
        }
        umask(0o077)
        let listener: ListeningSocket
        let isOwn = arguments.has(socket)
        if let path = arguments[socket] {
            // The directory keeps others out; who connects is looked at, too.
            listener = try .unix(path, mode: 0o666)
        } else if let given = try ListeningSocket.fromSystemd() {
            listener = given.socket
        } else {
            throw UsageError(reason: "no socket: systemd gave none, and --socket was not given")
        }
        do {
            try spool.prepare()
        } catch {
            // It is told to whoever asks.
            Postern.report("\(error)")
        }
        let server = ListServer(spool, clients: [0, id]) { Postern.report($0) }
        withExtendedLifetime(listener) {
            server.serve(on: listener.descriptor, untilIdleFor: isOwn ? nil : idle)
        }
    }

    private static func maintain(_ spool: ListSpool) throws {
        let failed = try spool.maintain()
        guard failed.isEmpty else {
            throw ExitError("mlmmj-maintd failed for \(failed.map(\.address.text).joined(separator: ", "))")
        }
    }
}
