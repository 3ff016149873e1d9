import Foundation
import Glibc

/// A Dovecot of our own, started from the files Postern prints. Needs root.
///
/// The printed `postern.conf` is included as it is; afterwards only its sockets outside the test's directory are
/// switched off. The accounts it names (`dovecot`, the mail user, the reading group) must exist.
package final class DovecotServer {
    package static let isInstalled = ["/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/bin/openssl"]
        .allSatisfy(Program.isInstalled)

    /// How a client reaches the server. Dovecot asks for another `enable…` column in each case.
    package enum Connection: String, Sendable, CaseIterable {
        /// Unencrypted, from another address.
        case plain
        /// Unencrypted, from the server's own address: `secured`.
        case local
        case tls
    }

    private let directory: TemporaryDirectory
    private let port: UInt16
    private let tlsPort: UInt16
    private let program: RunningProgram
    private var configuration: String { "\(directory.path)/dovecot.conf" }

    /// Starts the server and waits until it answers.
    ///
    /// - Parameter printed: the directory of the files Postern prints for Dovecot, printed for that directory.
    package init(configuration printed: String) throws {
        directory = try TemporaryDirectory()
        port = try Loopback.freePort()
        tlsPort = try Loopback.freePort()
        try Self.makeCertificate(in: directory.path)
        // Also written by dovecot-lda, which is not root.
        try directory.write("log", "")
        chmod("\(directory.path)/log", 0o666)
        try directory.write(
            "dovecot.conf",
            Self.wrapper(of: printed, directory: directory.path, port: port, tlsPort: tlsPort))
        program = try RunningProgram("/usr/sbin/dovecot", ["-F", "-c", "\(directory.path)/dovecot.conf"])
        let answers = Program.wait(atMost: .seconds(10)) {
            guard program.isRunning, let socket = try? Loopback.connect(to: port, from: "127.0.0.1", limit: 5)
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

    /// Whether a real IMAP login succeeds. A refusal takes Dovecot half a second.
    ///
    /// - Throws: also when the server cannot tell, e.g. because it cannot read the database.
    package func login(_ user: String, _ password: String, over connection: Connection = .local) throws -> Bool {
        switch connection {
        case .local:
            return try IMAPClient.login(port: port, from: "127.0.0.1", user: user, password: password, limit: 10)
        case .plain:
            return try IMAPClient.login(port: port, from: "127.0.0.2", user: user, password: password, limit: 10)
        case .tls:
            let result = try Program.run(
                "/usr/bin/openssl", ["s_client", "-connect", "127.0.0.1:\(tlsPort)", "-quiet", "-verify_quiet"],
                input: IMAPClient.command(user: user, password: password))
            let lines = result.output.split(whereSeparator: \.isNewline)
            return try IMAPClient.isWelcome(lines.first { $0.hasPrefix("a ") }.map(String.init) ?? result.errorOutput)
        }
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

    /// What Dovecot knows of a user: `uid`, `gid`, `home`, `mail`, `quota_rule`. Nil when it knows no such user.
    package func userdb(_ user: String) throws -> [String: String]? {
        let result = try Program.run("/usr/bin/doveadm", ["-c", configuration, "user", user])
        if result.status == 67 { return nil }  // EX_NOUSER
        guard result.status == 0 else { throw Program.Failure(description: result.errorOutput + log) }
        let pairs = result.output.split(separator: "\n").dropFirst().map { $0.split(separator: "\t", maxSplits: 1) }
        return Dictionary(
            pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }, uniquingKeysWith: { $1 })
    }

    /// Every user Dovecot knows.
    package func users() throws -> [String] {
        try Program.run("/usr/bin/doveadm", ["-c", configuration, "user", "*"]).output
            .split(separator: "\n").map(String.init)
    }

    /// Delivers a message as Postfix would through its transport `dovecot`; false when it is refused.
    package func deliver(_ message: String, to user: String) throws -> Bool {
        try Program.run(
            "/usr/lib/dovecot/dovecot-lda",
            ["-c", configuration, "-f", "sender@outside.example", "-d", user], input: message
        ).status == 0
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

    private static func wrapper(
        of printed: String, directory: String, port: UInt16, tlsPort: UInt16
    ) throws -> String {
        let postern = try String(contentsOfFile: "\(printed)/postern.conf", encoding: .utf8)
        return """
            base_dir = \(directory)/run
            state_dir = \(directory)/state
            log_path = \(directory)/log
            auth_verbose = yes
            auth_debug = yes
            auth_failure_delay = 0
            service anvil {
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            protocols = imap
            listen = 127.0.0.1
            disable_plaintext_auth = no
            ssl = yes
            ssl_cert = <\(directory)/certificate
            ssl_key = <\(directory)/key
            service imap-login {
              inet_listener imap {
                port = \(port)
              }
              inet_listener imaps {
                port = \(tlsPort)
              }
            }
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
