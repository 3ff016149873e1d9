import Foundation
import Glibc

/// A Dovecot of our own, started from the files Postern prints. Needs root.
///
/// The printed `postern.conf` is included as it is; afterwards only its sockets outside the test's directory are
/// switched off. The accounts it names (`dovecot`, the mail user, the reading group) must exist.
package final class DovecotServer {
    package static let isInstalled = [
        "/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3", "/usr/lib/dovecot/lmtp",
        "/usr/bin/openssl",
    ]
    .allSatisfy(Program.isInstalled)

    /// Whether Dovecot has the driver of a database: `sqlite` or `pgsql`.
    package static func isInstalled(for driver: String) -> Bool {
        FileManager.default.fileExists(atPath: "/usr/lib/dovecot/modules/libdriver_\(driver).so")
    }

    /// How a client reaches the server. Dovecot asks for another `enable…` column in each case.
    package enum Connection: String, Sendable, CaseIterable {
        /// Unencrypted, from another address.
        case plain
        /// Unencrypted, from the server's own address: `secured`.
        case local
        case tls
    }

    /// How a message comes in.
    package enum Delivery: String, Sendable, CaseIterable {
        /// By the program that Postfix' transport `dovecot` runs.
        case lda
        case lmtp
    }

    /// What Dovecot knows of a user's mailbox.
    package struct Mailbox: Equatable, Sendable {
        package let home: String
        /// Format and place, e.g. `maildir:~/Maildir`.
        package let mail: String
        /// In bytes; 0 for no limit, -1 when Dovecot names none.
        package let quota: Int

        package init(home: String, mail: String, quota: Int) {
            self.home = home
            self.mail = mail
            self.quota = quota
        }
    }

    /// The version of this machine's Dovecot, e.g. `2.4.1`; empty without one.
    package static let version: String =
        ((try? Program.run("/usr/sbin/dovecot", ["--version"]).output) ?? "")
        .split { !$0.isNumber && $0 != "." }.first.map(String.init) ?? ""
    private static let is2_3 = version.hasPrefix("2.3.")

    private struct Ports {
        let imap: UInt16
        let imaps: UInt16
        let pop3: UInt16
        let pop3s: UInt16
        let lmtp: UInt16

        init() throws {
            imap = try Loopback.freePort()
            imaps = try Loopback.freePort()
            pop3 = try Loopback.freePort()
            pop3s = try Loopback.freePort()
            lmtp = try Loopback.freePort()
        }
    }

    private let directory: TemporaryDirectory
    private let ports: Ports
    private let program: RunningProgram
    /// The main file, for `doveadm -c`.
    package var configuration: String { "\(directory.path)/dovecot.conf" }

    /// Starts the server and waits until it answers.
    ///
    /// - Parameter printed: the directory of the files Postern prints for Dovecot, printed for that directory.
    package init(configuration printed: String) throws {
        directory = try TemporaryDirectory()
        ports = try Ports()
        try Self.makeCertificate(in: directory.path)
        // Also written by dovecot-lda, which is not root.
        try directory.write("log", "")
        chmod("\(directory.path)/log", 0o666)
        try directory.write("dovecot.conf", Self.wrapper(of: printed, directory: directory.path, ports))
        program = try RunningProgram("/usr/sbin/dovecot", ["-F", "-c", "\(directory.path)/dovecot.conf"])
        let answers = Program.wait(atMost: .seconds(10)) {
            guard program.isRunning, let socket = try? Loopback.connect(to: ports.imap, from: "127.0.0.1", limit: 5)
            else { return !program.isRunning }
            close(socket)
            return true
        }
        guard answers, program.isRunning else {
            program.stop()
            throw Program.Failure(description: "Dovecot does not start: \(program.text) \(log)")
        }
    }

    deinit { stop() }

    /// Ends the server; within five seconds, if need be by force.
    package func stop() { program.stop() }

    /// What the server logged so far.
    package var log: String { (try? String(contentsOfFile: "\(directory.path)/log", encoding: .utf8)) ?? "" }

    /// Whether a real login succeeds. A refusal takes Dovecot half a second.
    ///
    /// - Throws: also when the server cannot tell, e.g. because it cannot read the database.
    package func login(
        _ user: String, _ password: String, by access: MailAccess = .imap, over connection: Connection = .local
    ) throws -> Bool {
        guard connection == .tls else {
            let port = access == .imap ? ports.imap : ports.pop3
            let source = connection == .local ? "127.0.0.1" : "127.0.0.2"
            return try MailDialogue(port: port, from: source, limit: 10)
                .logIn(by: access, user: user, password: password)
        }
        let port = access == .imap ? ports.imaps : ports.pop3s
        let result = try Program.run(
            "/usr/bin/openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet", "-verify_quiet"],
            input: access.commands(user: user, password: password).map { "\($0)\r\n" }.joined())
        let lines = result.output.split(whereSeparator: \.isNewline).map(String.init)
        return try access.isWelcome(lines.isEmpty ? [result.errorOutput] : lines)
    }

    /// Whether another service would let the user in: `pop3`, `sieve`, or `smtp` for Postfix.
    ///
    /// - Parameter secured: nil unencrypted, `secured` what Postfix says of a TLS client, `tls` what Dovecot does.
    package func accepts(_ user: String, _ password: String, service: String, secured: String? = nil) throws -> Bool {
        var arguments = ["-c", configuration, "auth", "test", "-x", "service=\(service)", "-x", "rip=127.0.0.2"]
        if let secured { arguments += ["-x", secured == "secured" ? "secured" : "secured=\(secured)"] }
        let result = try Program.run("/usr/bin/doveadm", arguments + [user, password])
        switch result.status {
        case 0: return true
        case 77 where !result.output.contains("code=temp_fail"): return false  // EX_NOPERM
        default: throw Program.Failure(description: result.output + result.errorOutput + log)
        }
    }

    /// What Dovecot knows of a user. Nil when it knows no such user.
    package func userdb(_ user: String) throws -> Mailbox? {
        let result = try Program.run("/usr/bin/doveadm", ["-c", configuration, "user", user])
        if result.status == 67 { return nil }  // EX_NOUSER
        guard result.status == 0 else { throw Program.Failure(description: result.errorOutput + log) }
        let pairs = result.output.split(separator: "\n").dropFirst().map { $0.split(separator: "\t", maxSplits: 1) }
        let fields = Dictionary(
            pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }, uniquingKeysWith: { $1 })
        let home = fields["home"] ?? ""
        // 2.4 shows the place with the home already in it.
        let place = (fields["mail_path"] ?? "").replacing("\(home)/", with: "~/")
        let mail = Self.is2_3 ? fields["mail"] : "\(fields["mail_driver"] ?? ""):\(place)"
        let quota = Self.is2_3 ? fields["quota_rule"]?.split(separator: "=").last : fields["quota_storage_size"]?[...]
        return Mailbox(home: home, mail: mail ?? "", quota: quota.flatMap { Int($0) } ?? -1)
    }

    /// Every user Dovecot knows.
    package func users() throws -> [String] {
        try Program.run("/usr/bin/doveadm", ["-c", configuration, "user", "*"]).output
            .split(separator: "\n").map(String.init)
    }

    /// Delivers a message; false when it is refused.
    package func deliver(_ message: String, to user: String, by delivery: Delivery = .lda) throws -> Bool {
        switch delivery {
        case .lda:
            try Program.run(
                "/usr/lib/dovecot/dovecot-lda",
                ["-c", configuration, "-f", "sender@outside.example", "-d", user], input: message
            ).status == 0
        case .lmtp:
            try MailDialogue(port: ports.lmtp, from: "127.0.0.1", limit: 20)
                .deliver(message, from: "sender@outside.example", to: user).hasPrefix("250 ")
        }
    }

    private static func makeCertificate(in directory: String) throws {
        let result = try Program.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-keyout", "\(directory)/key", "-out", "\(directory)/certificate",
            ])
        guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
    }

    private static func wrapper(of printed: String, directory: String, _ ports: Ports) throws -> String {
        let postern = try String(contentsOfFile: "\(printed)/postern.conf", encoding: .utf8)
        let ownWords =
            is2_3
            ? """
            auth_debug = yes
            disable_plaintext_auth = no
            ssl_cert = <\(directory)/certificate
            ssl_key = <\(directory)/key
            """
            : """
            log_debug = category=auth
            auth_allow_cleartext = yes
            ssl_server_cert_file = \(directory)/certificate
            ssl_server_key_file = \(directory)/key
            """
        return """
            \(is2_3 ? "" : "dovecot_config_version = \(version)\ndovecot_storage_version = \(version)\n")\
            base_dir = \(directory)/run
            state_dir = \(directory)/state
            log_path = \(directory)/log
            auth_verbose = yes
            \(ownWords)
            auth_failure_delay = 0
            service anvil {
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            protocols = imap pop3 lmtp
            listen = 127.0.0.1
            ssl = yes
            service imap-login {
              inet_listener imap {
                port = \(ports.imap)
              }
              inet_listener imaps {
                port = \(ports.imaps)
              }
            }
            service pop3-login {
              inet_listener pop3 {
                port = \(ports.pop3)
              }
              inet_listener pop3s {
                port = \(ports.pop3s)
              }
            }
            service lmtp {
              inet_listener lmtp {
                port = \(ports.lmtp)
              }
            }
            # As administrators are told to switch Sieve on, and where it keeps its scripts.
            protocol lmtp {
              \(is2_3 ? "mail_plugins = $mail_plugins sieve" : "mail_plugins {\n    sieve = yes\n  }")
            }
            !include_try /etc/dovecot/conf.d/90-sieve.conf
            !include \(printed)/postern.conf
            first_valid_uid = 1
            \(disablingListeners(of: postern))

            """
    }

    /// Sockets in Postfix's queue directory belong to the system's mail server, not to a test.
    private static func disablingListeners(of text: String) -> String {
        var service = ""
        var blocks: [String] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first == "service", words.count > 1 { service = String(words[1]) }
            guard words.first == "unix_listener", words.count > 1, words[1].hasPrefix("/") else { continue }
            blocks.append("service \(service) {\n  unix_listener \(words[1]) {\n    mode = 0\n  }\n}")
        }
        return blocks.joined(separator: "\n")
    }
}
