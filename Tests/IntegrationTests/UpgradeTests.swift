import Foundation
import Support
import Testing

extension IntegrationTests {
    /// A mail server on Debian 12 gets Debian 13's Dovecot, as an administrator does it: by apt, beside the same state.
    @Suite(
        .enabled(
            if: OtherRelease.isNewer, "needs Debian 12 as root with a network, told by POSTERN_OTHER_RELEASE=trixie"),
        .enabled(if: Sandbox.isAllowed, "needs overlay mounts"),
        .enabled(if: DovecotServer.isInstalled && PostfixReader.isInstalled, "needs dovecot and postfix-sqlite"))
    struct UpgradeTests {
        private let sandbox: Sandbox
        private let main = "/etc/dovecot/dovecot.conf"
        private let printed = "/etc/dovecot/postern"

        init() throws {
            sandbox = try Sandbox()
            try sandbox.succeed([
                "\(Sandbox.repository)/systemd/install", "--binary", Sandbox.binary, "--admin",
                "postmaster@admin.example",
            ])
            for (program, directory) in [("postfix", "/etc/postfix/postern"), ("dovecot", printed)] {
                try sandbox.succeed(["/usr/bin/postern", "print-config", program, "--output", directory])
            }
            // What the head of the printed file says.
            try sandbox.write(main, sandbox.read(main) + "\n!include \(printed)/postern.conf\n")
            let login = "/etc/dovecot/conf.d/10-auth.conf"
            try sandbox.write(
                login, sandbox.read(login).replacing("\n!include auth-system.conf.ext\n", with: "\n"))
            try sandbox.succeed([
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-subj", "/CN=mail.example", "-keyout", "/etc/dovecot/private/dovecot.key", "-out",
                "/etc/dovecot/private/dovecot.pem",
            ])
            try sandbox.succeed(
                ["/usr/bin/setpriv", "--reuid=postern", "--regid=postern", "--init-groups", "/usr/bin/sqlite3"]
                    + ["-bail", "/var/lib/postern/vmail/vmail.db"],
                input: """
                    .filectrl persist_wal 1
                    INSERT INTO domain (domain) VALUES ('open.example');
                    INSERT INTO mailbox (username, domain, password, storagebasedirectory, storagenode, maildir)
                    VALUES ('anna@open.example', 'open.example', '{PLAIN}First-pw-1', '/var/vmail', 'vmail1', 'anna');
                    """)
        }

        @Test func theWayFromDebian12IsTold() throws {
            let server = try sandbox.serve()
            defer { server.end() }
            let before = try check()
            #expect(before.status == 0 && before.text.contains("\nDovecot 2.3."), "\(before.text)")
            #expect(before.text.hasSuffix("\n  ok\n"))
            #expect(try mayLogIn())

            try installNewDovecot()

            // Before anything is printed anew: everything but Dovecot goes on, and `check` knows what to do.
            #expect(try sandbox.run(["/usr/bin/doveconf", "-n"]).status != 0)
            #expect(try sandbox.run(["/usr/bin/postern", "status"]).status == 0)
            #expect(
                try sandbox.succeed([
                    "/usr/bin/setpriv", "--reuid=postfix", "--regid=postfix", "--init-groups", "/usr/sbin/postmap",
                    "-q", "open.example", "sqlite:/etc/postfix/postern/sqlite-virtual-mailbox-domains.cf",
                ]) == "open.example\n")
            let told = try check()
            #expect(told.status == 78)
            let lines = told.text.split(separator: "\n").suffix(5)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(lines[0].hasPrefix("Dovecot does not start: doveconf: Fatal: "), "\(told.text)")

            // What it says, word by word: what stands behind two spaces is a command, or the last line of the file.
            let words = lines.map { $0.components(separatedBy: ":  ").last ?? "" }
            try sandbox.succeed(["/bin/sh", "-c", words[1]])
            #expect(try check().text.contains("does not include Postern's file; add as its last line:  \(words[2])\n"))
            try sandbox.write(main, sandbox.read(main) + "\n\(words[2])\n")
            try sandbox.succeed(["/bin/sh", "-c", words[3]])
            #expect(words[4] == "doveconf -n >/dev/null && systemctl restart dovecot")
            let after = try check()
            #expect(after.status == 0 && after.text.contains("\nDovecot 2.4."), "\(after.text)")
            #expect(after.text.hasSuffix("\n  ok\n"))
            let configuration = try sandbox.run(["/usr/bin/doveconf", "-n"])
            #expect(configuration.status == 0 && configuration.errorOutput == "")
            #expect(try mayLogIn())
        }

        private func check() throws -> (status: Int32, text: String) {
            let result = try sandbox.run(["/usr/bin/postern", "check"])
            return (result.status, result.output)
        }

        /// Starts Dovecot, without a network, asks it, and ends it.
        private func mayLogIn() throws -> Bool {
            let script = """
                dovecot || exit 1
                doveadm auth test -x service=imap anna@open.example First-pw-1; right=$?
                doveadm auth test -x service=imap anna@open.example Wrong-pw-1; wrong=$?
                doveadm stop
                test $right = 0 && test $wrong = 77
                """
            let result = try sandbox.run(["/usr/bin/unshare", "--net", "/bin/sh", "-c", script])
            if result.status != 0 { Issue.record("\(result.output) \(result.errorOutput)") }
            return result.status == 0
        }

        /// The administrator's changed files are kept: what apt proposes when it asks.
        private func installNewDovecot() throws {
            let packages = ["core", "imapd", "pop3d", "lmtpd", "managesieved", "sqlite"].map { "dovecot-\($0)" }
            let script = """
                set -e
                rm -f /etc/apt/sources.list.d/*
                echo 'deb \(OtherRelease.mirror) trixie main' >/etc/apt/sources.list
                printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
                chmod 755 /usr/sbin/policy-rc.d
                export DEBIAN_FRONTEND=noninteractive
                apt-get -qq update
                apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold install \(packages.joined(separator: " "))
                dovecot --version | grep -q '^2[.]4[.]'
                """
            try sandbox.succeed(["/bin/bash", "-c", script], limit: .seconds(600))
        }
    }
}
