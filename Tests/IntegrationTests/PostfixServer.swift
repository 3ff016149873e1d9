import Foundation
import Glibc
import Support

/// A Postfix of our own on the printed files. What is for no mailing list, it hands to a sink.
///
/// It sees files of its own for the accounts: there mlmmj has one, and postfix is in the readers' group, as an
/// installation has it.
final class PostfixServer {
    private static let master = "/usr/lib/postfix/sbin/master"
    private static let account = ProcessUser(named: "postfix")

    static let isInstalled =
        account != nil && PostfixReader.isInstalled
        && [master, "/usr/sbin/postqueue", "/usr/sbin/postsuper", "/usr/bin/unshare"].allSatisfy(Program.isInstalled)

    let port: UInt16
    private let directory: TemporaryDirectory
    private let client: SMTPClient
    private let process: ChildProcess
    private let journal: PostfixJournal
    private var configuration: String { "\(directory.path)/configuration" }

    /// - Parameters:
    ///   - printed: the directory of the files that Postern prints for Postfix.
    ///   - port: where to listen; nobody else does.
    ///   - sink: the port that takes what is for no mailing list.
    init(configuration printed: String, port: UInt16, sink: UInt16) throws {
        directory = try TemporaryDirectory()
        self.port = port
        client = SMTPClient(port: port)
        journal = PostfixJournal(path: "\(directory.path)/mail.log")
        try Self.makeDirectories(directory.path)
        try Self.writeAccounts(directory)
        let main = try String(contentsOfFile: "\(printed)/postern-main.cf", encoding: .utf8)
        try directory.write("configuration/main.cf", main + Self.settings(directory.path, sink))
        let services = try String(contentsOfFile: "\(printed)/postern-master.cf", encoding: .utf8)
        try directory.write("configuration/master.cf", services + Self.services(port))
        let script = """
            mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group &&
                exec "$2" -c "$1/configuration"
            """
        process = try ChildProcess(
            [
                "/usr/bin/unshare", "--mount", "--propagation", "private",
                "/bin/sh", "-c", script, "sh", directory.path, Self.master,
            ], log: "\(directory.path)/output")
        let answers = Program.wait(atMost: .seconds(30)) { client.isGreeted || !process.isRunning }
        guard answers, process.isRunning else {
            stop()
            throw Program.Failure(description: "Postfix does not start: \(log)")
        }
    }

    deinit { stop() }

    func stop() { process.end() }

    /// What it has said so far.
    var log: String { ["output", "mail.log"].map { (try? directory.read($0)) ?? "" }.joined() }

    /// What it has complained about.
    var complaints: [Substring] {
        let lines = log.split(separator: "\n")
        let fallen = Set(
            lines.filter { $0.contains(Self.race) }.compactMap { $0.firstMatch(of: /proxymap\[([0-9]+)\]/)?.1 })
        return lines.filter { line in
            ["warning: ", "error: ", "fatal: ", "panic: "].contains { line.contains(": \($0)") }
                && !line.contains(Self.race)
                && !fallen.contains { line.hasSuffix("/proxymap pid \($0) exit status 1") }
        }
    }

    /// What SQLite tells a reader that may not write the side files, when it is interrupted between its looks at a header
    /// that is being written and at the writer's lock: the header passes for damaged. That proxymap ends, and a new one
    /// asks again.
    private static let race = ": attempt to write a readonly database"

    /// Hands a message over.
    ///
    /// - Returns: its number in the queue.
    /// - Throws: when a recipient, or the message, is refused.
    @discardableResult
    func send(_ text: String, from sender: String, to recipients: [String]) throws -> String {
        // The client adds the last line's end.
        let body = text.hasSuffix("\n") ? String(text.dropLast()) : text
        let reply = try client.send(body.replacing("\n.", with: "\n.."), from: sender, to: recipients)
        guard reply.hasPrefix("250 "), let number = reply.split(separator: " ").last else {
            throw Program.Failure(description: "Postfix answered \(reply)")
        }
        return String(number)
    }

    /// What smtpd says of a recipient, after proxymap has asked the tables.
    func reply(to recipient: String) throws -> String { try client.reply(to: recipient) }

    /// Waits until every message has reached its end, with those that it has led to.
    func settle() throws {
        // What came before it stands before it in the journal.
        let number = try send("Subject: the last one\n\n", from: "", to: [Self.lastAddress])
        let isOver = try Program.wait(atMost: .seconds(60)) {
            try journal.read()
            return journal.hasEnded(number) && journal.isQuiet
        }
        guard isOver else {
            // The tests after this one are not to wait for it, too.
            _ = try Program.run("/usr/sbin/postsuper", ["-c", configuration, "-d", "ALL"])
            journal.endAll()
            throw Program.Failure(description: "Postfix still has mail: \(log.suffix(4000))")
        }
    }

    /// Who gets the message that `settle` sends.
    static let lastAddress = "last@far.test"

    /// Waits until a message is delivered or put off.
    func awaitAttempt(_ number: String) throws {
        let isOver = try Program.wait(atMost: .seconds(60)) {
            try journal.read()
            return journal.hasBeenTried(number)
        }
        guard isOver else { throw Program.Failure(description: "Postfix does not deliver: \(log.suffix(4000))") }
    }

    /// Tries again what was put off.
    func flush() throws {
        let result = try Program.run("/usr/sbin/postqueue", ["-c", configuration, "-f"])
        guard result.status == 0 else { throw Program.Failure(description: "postqueue: \(result.errorOutput)") }
    }

    // MARK: Files

    /// As `postfix check` makes them, which takes seconds.
    private static func makeDirectories(_ path: String) throws {
        let postfix = account?.user ?? 0
        let group = ProcessUser.groupNumber("postdrop") ?? 0
        let owned = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "saved", "trace"]
            .map { ("queue/\($0)", postfix, UInt32(0), 0o700) }
        let others: [(String, UInt32, UInt32, Int)] = [
            ("configuration", 0, 0, 0o755), ("data", postfix, 0, 0o700), ("queue", 0, 0, 0o755),
            ("queue/pid", 0, 0, 0o755), ("queue/private", postfix, 0, 0o700), ("queue/public", postfix, group, 0o710),
            ("queue/maildrop", postfix, group, 0o730),
        ]
        for (name, user, group, mode) in others + owned {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
            chown("\(path)/\(name)", user, group)
            chmod("\(path)/\(name)", mode_t(mode))
        }
    }

    private static func writeAccounts(_ directory: TemporaryDirectory) throws {
        var accounts = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        var groups = try String(contentsOfFile: "/etc/group", encoding: .utf8)
        if ProcessUser(named: "mlmmj") == nil {
            accounts += "mlmmj:x:\(Accounts.lists.user):\(Accounts.lists.group)::/nonexistent:/usr/sbin/nologin\n"
            groups += "mlmmj:x:\(Accounts.lists.group):\n"
        }
        groups = groups.split(separator: "\n").map { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 4, fields[2] == "\(Accounts.readerGroup)" else { return "\(line)\n" }
            return line + (fields[3].isEmpty ? "" : ",") + "postfix\n"
        }.joined()
        try directory.write("passwd", accounts)
        try directory.write("group", groups)
    }

    private static func settings(_ path: String, _ sink: UInt16) -> String {
        """

        # What only a test needs.
        compatibility_level = 3.6
        queue_directory = \(path)/queue
        data_directory = \(path)/data
        maillog_file = \(path)/mail.log
        maillog_file_prefixes = \(path)
        enable_long_queue_ids = yes
        myhostname = mx.lists.test
        mydestination =
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        mynetworks = 127.0.0.0/8
        smtpd_relay_restrictions = permit_mynetworks, reject
        alias_maps =
        smtpd_peername_lookup = no
        disable_dns_lookups = yes
        default_transport = smtp:[127.0.0.1]:\(sink)
        # The sink takes one connection after the other.
        smtp_connection_cache_on_demand = no
        in_flow_delay = 0

        """
    }

    private static func services(_ port: UInt16) -> String {
        """
        127.0.0.1:\(port) inet n - n - - smtpd -o smtpd_sasl_auth_enable=no
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd

        """
    }
}
