import Foundation
import Glibc
import Support

/// An amavisd of our own on the printed file, with SpamAssassin, a virus scanner and a quarantine in files.
///
/// Debian's settings come first, then the printed ones, then what only a test needs.
final class AmavisdServer {
    private static let debian = ["01-debian", "20-debian_defaults"].map { "/etc/amavis/conf.d/\($0)" }
    private static let account = ProcessUser(named: "amavis")

    static let isInstalled =
        account != nil && (["/usr/sbin/amavisd", "/usr/bin/spamassassin"]).allSatisfy(Program.isInstalled)
        && debian.allSatisfy { access($0, R_OK) == 0 }

    /// What one message came to.
    struct Outcome {
        /// Of amavisd, to the message.
        let reply: String
        /// What reached the server behind it.
        let delivered: [MailSink.Message]
        /// Whose quarantines keep a copy: `spam`, `virus`, `banned` or `bad-header`.
        let quarantines: [String]

        /// The message as the recipient gets it; nil when it does not.
        func message(to recipient: String) -> TestMessage.Received? {
            delivered.first { $0.recipients.contains(recipient) }.map { TestMessage.Received(text: $0.text) }
        }
    }

    private let directory: TemporaryDirectory
    private let sink: MailSink
    private let client: SMTPClient
    private let process: ChildProcess
    private var kept: Set<String> = []

    /// - Parameter printed: the directory of the file that Postern prints for amavisd.
    init(configuration printed: String) throws {
        directory = try TemporaryDirectory()
        sink = try MailSink()
        client = SMTPClient(port: try Loopback.freePort())
        for name in ["home", "temporary", "quarantine"] {
            let path = "\(directory.path)/\(name)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            if let account = Self.account { chown(path, account.user, account.group) }
        }
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/spamassassin", withIntermediateDirectories: false)
        try directory.write("spamassassin/test.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n")
        try directory.write("spamassassin/test.cf", Self.rules)
        let own = try directory.write("60-test", Self.settings(directory.path, port: client.port, sink: sink.port))
        let files = Self.debian + ["\(printed)/50-postern", own]
        process = try ChildProcess(
            ["/usr/sbin/amavisd"] + files.flatMap { ["-c", $0] } + ["foreground"], as: Self.account,
            log: "\(directory.path)/log")
        let answers = Program.wait(atMost: .seconds(60)) { client.isGreeted || !process.isRunning }
        guard answers, process.isRunning else {
            stop()
            throw Program.Failure(description: "amavisd does not start: \(log)")
        }
    }

    deinit { stop() }

    func stop() {
        process.end()
        sink.stop()
    }

    /// What it has said so far.
    var log: String { (try? directory.read("log")) ?? "" }

    /// Sends a message through and waits for what it comes to.
    func send(_ message: TestMessage, to recipients: String..., from sender: String = "s@far.test") throws -> Outcome {
        let reply = try client.send(message.text(from: sender, to: recipients), from: sender, to: recipients)
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/quarantine"))
        defer { kept = names }
        // A file is named after the kind and an identifier of twelve characters, which may hold a hyphen itself.
        let quarantines = names.subtracting(kept).map { String($0.dropLast(13)) }.sorted()
        return Outcome(reply: reply, delivered: sink.take(), quarantines: quarantines)
    }

    /// Points as the message itself asks for them; those of Debian's rules that need no plugin count too.
    private static let rules =
        """
        use_bayes 0
        score NO_RELAYS 0
        score NO_RECEIVED 0

        """
        + TestMessage.Points.allCases.map { points in
            """
            header TEST_\(points) X-Test-Points =~ /^\(points)$/
            score TEST_\(points) \(points.rawValue)

            """
        }.joined()

    private static func settings(_ path: String, port: UInt16, sink: UInt16) -> String {
        #"""
        use strict;
        $mydomain = 'filter.example';
        $myhostname = 'mx.filter.example';
        $X_HEADER_LINE = 'amavisd';
        $daemon_user = 'amavis';
        $daemon_group = 'amavis';
        $MYHOME = '\#(path)/home';
        $helpers_home = $MYHOME;
        $TEMPBASE = '\#(path)/temporary';
        $db_home = $MYHOME;
        $lock_file = "$MYHOME/lock";
        $pid_file = "$MYHOME/pid";
        $unix_socketname = undef;
        $inet_socket_bind = '127.0.0.1';
        $inet_socket_port = \#(port);
        $forward_method = 'smtp:[127.0.0.1]:\#(sink)';
        $notify_method = $forward_method;
        $smtp_connection_cache_enable = 0;
        $max_servers = 1;
        $enable_db = 0;
        $enable_zmq = 0;
        $DO_SYSLOG = 0;
        $LOGFILE = undef;
        $log_level = 1;
        $sa_local_tests_only = 1;
        $sa_siteconfigpath = '\#(path)/spamassassin';

        # As 15-content_filter_mode has it when its lines are no comments.
        @bypass_virus_checks_maps = (\%bypass_virus_checks, \@bypass_virus_checks_acl, \$bypass_virus_checks_re);
        @bypass_spam_checks_maps = (\%bypass_spam_checks, \@bypass_spam_checks_acl, \$bypass_spam_checks_re);
        @av_scanners = (
          ['Signatures', '/usr/bin/grep', '-rF \#(TestMessage.virusSignature) {}', [1], [0],
           qr/(\#(TestMessage.virusSignature))/]);
        @av_scanners_backup = ();

        $QUARANTINEDIR = '\#(path)/quarantine';
        $quarantine_subdir_levels = 0;
        $virus_quarantine_method = 'local:virus-%m';
        $spam_quarantine_method = 'local:spam-%m';
        $banned_files_quarantine_method = 'local:banned-%m';
        $bad_header_quarantine_method = 'local:bad-header-%m';
        $virus_admin = undef;

        # As an operator adds rules to those of Debian, which ban `.exe`.
        $banned_rules{'ALLOW_MS_WORD'} = new_RE( [qr'.\.docx?$'i => 0] );
        $banned_rules{'BAN_MS_WORD'} = new_RE( qr'.\.docx?$'i );
        $banned_rules{'ALLOW_PROGRAMS'} = new_RE( [qr'.\.exe$'i => 0] );
        1;

        """#
    }
}
