import Foundation
import Support
import Testing

extension IntegrationTests {
    /// `systemd/install` on a copy of this machine's system, without systemd running.
    @Suite(
        .enabled(if: Sandbox.isAllowed, "needs overlay mounts"),
        .enabled(if: NginxServer.isInstalled, "needs nginx"))
    struct InstallTests {
        private let sandbox: Sandbox

        init() throws { sandbox = try Sandbox() }

        private static let program = "\(Sandbox.repository)/systemd/install"
        private static let admin = "postmaster@admin.example"

        /// What it prints on standard output.
        @discardableResult
        private func install(_ options: [String] = []) throws -> String {
            let result = try sandbox.run([Self.program, "--binary", Sandbox.binary] + options)
            guard result.status == 0 else { throw Program.Failure(description: result.output + result.errorOutput) }
            return result.output
        }

        @Test func oneCommandMakesAWorkingInstallation() throws {
            let said = try install(["--admin", Self.admin])
            #expect(said.contains("Password (shown only now): "))
            #expect(
                said.hasSuffix(
                    """
                    The next three steps:
                    1. nginx: write  include snippets/postern-locations.conf;  into the server that speaks TLS, then
                           nginx -t && systemctl reload nginx
                    2. Postfix, as the heads of the printed files tell:
                           postern print-config postfix --output /etc/postfix/postern
                    3. Dovecot likewise, once it is installed; the files are for its version:
                           postern print-config dovecot --output /etc/dovecot/postern

                    """))
            let check = try sandbox.succeed(["/usr/bin/postern", "check"])
            #expect(check.contains("ENABLE_RESTFUL_API = True  (/etc/postern/settings.py"))
            #expect(check.contains("vmail/vmail.db: ok"))
            #expect(!check.contains("warning"))
            #expect(
                try sandbox.succeed(["/usr/bin/postern", "admin", "list"])
                    == "\(Self.admin)\tstandalone\tactive\tglobal\n")
            let groups = try sandbox.succeed(["/usr/bin/id", "-nG", "postern"]).split(whereSeparator: \.isWhitespace)
            #expect(Set(groups) == ["postern", "mailsql", "amavis"])
            #expect(
                try sandbox.succeed(["/usr/bin/id", "-nG", "postern-spf"]) == "postern-spf\n", "in no group of ours")
            #expect(try sandbox.succeed(["/usr/bin/id", "-nG", "www-data"]).contains("postern-web"))
        }

        @Test func theFilesHaveTheirOwnersAndModes() throws {
            try install(["--admin", Self.admin])
            let expected = [
                ("/usr/bin/postern", "root:root 755"), ("/usr/lib/systemd/system/postern.service", "root:root 644"),
                ("/etc/postern/settings.py", "root:root 644"), ("/etc/postern/gate", "root:postern 640"),
                ("/etc/nginx/postern-gate.conf", "root:root 600"), ("/var/lib/postern", "root:root 755"),
                ("/var/lib/postern/vmail", "postern:mailsql 2750"), ("/var/lib/postern/amavisd", "postern:amavis 2750"),
                ("/var/lib/postern/iredapd", "postern:mailsql 2770"),
                ("/var/lib/postern/usage", "dovecot:mailsql 2770"),
                ("/var/lib/postern/api", "postern:postern 700"),
                ("/var/lib/postern/vmail/vmail.db", "postern:mailsql 640"),
                ("/var/vmail", "vmail:vmail 750"),
            ]
            for (path, ownership) in expected { #expect(try sandbox.ownership(path) == ownership, "\(path)") }
        }

        @Test func withoutSystemdsToolsTheAccountsAndDirectoriesAreTheSame() throws {
            for tool in ["systemd-sysusers", "systemd-tmpfiles"] {
                try FileManager.default.removeItem(atPath: "\(sandbox.root)/usr/bin/\(tool)")
            }
            try install()
            #expect(try sandbox.ownership("/var/lib/postern/amavisd") == "postern:amavis 2750")
            #expect(try sandbox.ownership("/var/lib/postern/usage") == "dovecot:mailsql 2770")
            #expect(try sandbox.ownership("/var/lib/postern/api") == "postern:postern 700")
            let account = try sandbox.succeed(["/usr/bin/getent", "passwd", "postern"])
            #expect(account.hasSuffix(":/var/lib/postern:/usr/sbin/nologin\n"))
            #expect(try sandbox.succeed(["/usr/bin/id", "-nG", "postern"]).contains("mailsql"))
            #expect(try sandbox.succeed(["/usr/bin/id", "-nG", "www-data"]).contains("postern-web"))
            #expect(try sandbox.succeed(["/usr/bin/id", "-nG", "postern-spf"]) == "postern-spf\n")
        }

        /// iRedAPD comes without a package, before or after us.
        @Test(arguments: [false, true])
        func iRedAPDReadsWhatItLooksUp(_ isThereBefore: Bool) throws {
            let user = ["/usr/sbin/useradd", "--system", "--user-group", "iredapd"]
            if isThereBefore { try sandbox.succeed(user) }
            try install(["--admin", Self.admin])
            if !isThereBefore {
                try sandbox.succeed(user)
                let check = try sandbox.succeed(["/usr/bin/postern", "check"])
                #expect(
                    check.contains(
                        "  warning: iredapd is not in the group amavis: it cannot read amavisd/amavisd.db; run /usr/lib/postern/setup and restart it\n"
                    ))
                #expect(
                    check.contains(
                        "  warning: iredapd is not in the group mailsql: it cannot read vmail/vmail.db; run /usr/lib/postern/setup and restart it\n"
                    ))
                #expect(try sandbox.succeed(["/usr/lib/postern/setup"]).contains("iredapd is now in the group amavis;"))
            }
            #expect(try !sandbox.succeed(["/usr/bin/postern", "check"]).contains("warning"))
            let become = ["/usr/bin/setpriv", "--reuid=iredapd", "--regid=iredapd", "--init-groups"]
            for (file, table) in [
                ("vmail", "mailbox"), ("amavisd", "outbound_wblist"), ("amavisd", "wblist"), ("iredapd", "throttle"),
            ] {
                let count = [
                    "/usr/bin/sqlite3", "/var/lib/postern/\(file)/\(file).db", "SELECT count(*) FROM \(table);",
                ]
                #expect(try sandbox.succeed(become + count) == "0\n", "\(table)")
            }
            let written = try sandbox.run(
                become + [
                    "/usr/bin/sqlite3", "/var/lib/postern/amavisd/amavisd.db", "DELETE FROM wblist;",
                ])
            #expect(written.errorOutput.contains("readonly"), "it still writes no policy")
        }

        /// With systemd's tools and without them.
        @Test(arguments: [true, false])
        func aLinkInPlaceOfADirectoryIsLeftAlone(_ hasTools: Bool) throws {
            try install()
            if !hasTools { try FileManager.default.removeItem(atPath: "\(sandbox.root)/usr/bin/systemd-tmpfiles") }
            try sandbox.succeed(["/usr/bin/mkdir", "-m", "700", "/precious"])
            for path in ["/var/lib/postern/usage", "/var/vmail"] {
                try sandbox.succeed(["/usr/bin/rmdir", path])
                try sandbox.succeed(["/usr/bin/ln", "-s", "/precious", path])
            }
            let result = try sandbox.run(["/usr/lib/postern/setup"])
            #expect((result.output + result.errorOutput).contains("/var/lib/postern/usage"))
            #expect(try sandbox.ownership("/precious") == "root:root 700")
        }

        /// The accounts of a real installation: Postfix has the group's rights, and root restores.
        @Test(.enabled(if: ProcessUser(named: "postfix") != nil, "needs postfix"))
        func aRestoreGivesNothingToPostfix() throws {
            try install(["--admin", Self.admin])
            try sandbox.succeed(["/usr/bin/postern", "backup", "/kept"])
            try sandbox.write("/precious", "nobody's business\n")
            try sandbox.succeed(["/usr/bin/chmod", "600", "/precious"])
            try sandbox.succeed([
                "/usr/bin/setpriv", "--reuid=postfix", "--regid=postfix", "--init-groups", "/bin/sh", "-euc",
                "cd /var/lib/postern/usage; rm -f usage.db*; echo damaged > usage.db; ln -s /precious usage.db-shm",
            ])
            let check = try sandbox.run(["/usr/bin/postern", "check"])
            #expect(check.status == 65)
            #expect(check.output.contains("/var/lib/postern/usage/usage.db-shm is a symbolic link: "))
            try sandbox.succeed(["/usr/bin/postern", "restore", "/kept", "--force"])
            #expect(try sandbox.ownership("/precious") == "root:root 600")
            #expect(try sandbox.read("/precious") == "nobody's business\n")
            for suffix in ["", "-wal", "-shm"] {
                #expect(try sandbox.ownership("/var/lib/postern/usage/usage.db\(suffix)") == "dovecot:mailsql 660")
                #expect(try sandbox.ownership("/var/lib/postern/api/api.db\(suffix)") == "postern:postern 600")
                #expect(try sandbox.ownership("/var/lib/postern/vmail/vmail.db\(suffix)") == "postern:mailsql 640")
            }
            try sandbox.succeed(["/usr/bin/postern", "check"])
            #expect(try sandbox.succeed(["/usr/bin/postern", "admin", "list"]).contains(Self.admin))
        }

        @Test func nginxTakesTheFilesInDebiansDefaultSite() throws {
            try install()
            try sandbox.includeInDefaultSite()
            let said = try sandbox.succeed(["/usr/sbin/nginx", "-t"])
            #expect(said.contains("test is successful"))
            #expect(!said.contains("[warn]") && !said.contains("[emerg]"))
        }

        @Test func theGateOfBothSidesIsTheSame() throws {
            try install()
            let secret = try sandbox.read("/etc/postern/gate")
            #expect(secret.count == 64)
            #expect(try sandbox.read("/etc/nginx/postern-gate.conf") == "fastcgi_param POSTERN_GATE \"\(secret)\";\n")
            let locations = try sandbox.read("/etc/nginx/snippets/postern-locations.conf")
            #expect(locations.contains("\n    include /etc/nginx/postern-gate.conf;\n"))
            #expect(
                try sandbox.read("/etc/postern/settings.py").contains("\nFASTCGI_GATE_FILE = '/etc/postern/gate'\n"))
        }

        @Test func againItKeepsWhatIsThere() throws {
            try install(["--admin", Self.admin])
            let settings = try sandbox.read("/etc/postern/settings.py") + "SESSION_TIMEOUT = 600\n"
            try sandbox.write("/etc/postern/settings.py", settings)
            let kept = ["/etc/postern/gate", "/etc/nginx/postern-gate.conf"]
            let before = try kept.map(sandbox.read)
            try FileManager.default.removeItem(atPath: "\(sandbox.root)/usr/lib/systemd/system/postern.socket")
            let said = try install(["--admin", Self.admin])
            #expect(!said.contains("Password"))
            #expect(said.contains("There is a state already"))
            #expect(try sandbox.read("/etc/postern/settings.py") == settings)
            #expect(try kept.map(sandbox.read) == before)
            #expect(sandbox.exists("/usr/lib/systemd/system/postern.socket"))
            #expect(try sandbox.succeed(["/usr/bin/postern", "admin", "list"]).contains(Self.admin))
        }

        @Test func whatTheAdministratorChangedForNginxStays() throws {
            try install()
            let path = "/etc/nginx/conf.d/postern-http.conf"
            let changed = try sandbox.read(path).replacing("rate=2000r/s", with: "rate=1000r/s")
            try sandbox.write(path, changed)
            let said = try install()
            #expect(said.contains("\(path) was changed here and stays as it is; the new one is \(path).new"))
            #expect(try sandbox.read(path) == changed)
            #expect(try sandbox.read("\(path).new").contains("rate=2000r/s"))
            #expect(!sandbox.exists("/etc/nginx/snippets/postern-locations.conf.new"))
        }

        @Test func uninstallingLeavesStateAndSettingsAndSaysSo() throws {
            try install(["--admin", Self.admin])
            let said = try sandbox.succeed([Self.program, "--uninstall"])
            let left = [
                "/var/lib/postern", "/var/vmail", "/var/spool/mlmmj", "/etc/postern/settings.py", "/etc/postern/gate",
                "/etc/nginx/postern-gate.conf",
            ]
            #expect(said.split(separator: "\n").filter { $0.hasPrefix("  ") } == left.map { "  \($0)" })
            for path in left { #expect(sandbox.exists(path)) }
            #expect(sandbox.exists("/var/lib/postern/vmail/vmail.db"))
            let gone = try sandbox.succeed([
                "/usr/bin/find", "/usr", "/etc/nginx", "-xdev", "-name", "postern*", "-not", "-name",
                "postern-gate.conf",
            ])
            #expect(gone == "")
            #expect(try sandbox.succeed(["/usr/sbin/nginx", "-t"]).contains("test is successful"))
            // Coming back, all is as it was.
            try install()
            #expect(try sandbox.succeed(["/usr/bin/postern", "admin", "list"]).contains(Self.admin))
        }

        @Test func aDirectoryIsFilledAndNothingElseTouched() throws {
            let directory = try TemporaryDirectory()
            let result = try Program.run(
                "\(Repository.path)/systemd/install",
                ["--binary", PosternProgram.command, "--destdir", "\(directory.path)/stage"], limit: .seconds(60))
            #expect(result.status == 0, "\(result.errorOutput)")
            let files = try FileManager.default.subpathsOfDirectory(atPath: "\(directory.path)/stage").filter { name in
                var status = stat()
                return lstat("\(directory.path)/stage/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            }
            #expect(
                files.sorted() == [
                    "etc/nginx/conf.d/postern-http.conf", "etc/nginx/snippets/postern-locations.conf",
                    "usr/bin/postern", "usr/lib/postern/setup",
                    "usr/lib/systemd/system/postern-lists-maintain.service",
                    "usr/lib/systemd/system/postern-lists-maintain.timer",
                    "usr/lib/systemd/system/postern-lists.service", "usr/lib/systemd/system/postern-lists.socket",
                    "usr/lib/systemd/system/postern-purge.service",
                    "usr/lib/systemd/system/postern-purge.timer", "usr/lib/systemd/system/postern-spf-now.socket",
                    "usr/lib/systemd/system/postern-spf-now@.service",
                    "usr/lib/systemd/system/postern-spf-refresh.service",
                    "usr/lib/systemd/system/postern-spf-refresh.timer", "usr/lib/systemd/system/postern.service",
                    "usr/lib/systemd/system/postern.socket", "usr/lib/sysusers.d/postern.conf",
                    "usr/lib/tmpfiles.d/postern.conf", "usr/share/bash-completion/completions/postern",
                    "usr/share/doc/postern/Changing.md", "usr/share/doc/postern/Contract.md",
                    "usr/share/doc/postern/MovingFromIRedMail.md",
                    "usr/share/doc/postern/Operating.md", "usr/share/doc/postern/Performance.md",
                    "usr/share/doc/postern/README.md", "usr/share/doc/postern/RequestLife.md",
                    "usr/share/doc/postern/Security.md", "usr/share/doc/postern/Storage.md",
                    "usr/share/man/man8/postern.8", "usr/share/postern/nginx/postern-http.conf",
                    "usr/share/postern/nginx/postern-locations.conf", "usr/share/postern/settings.py",
                ])
        }

        @Test(arguments: [
            ["--nonsense"], ["--admin"], ["--destdir"], ["--destdir", ""], ["--destdir", "/tmp/x", "--uninstall"],
        ])
        func whatCannotBeUnderstoodIsRefused(_ options: [String]) throws {
            let result = try sandbox.run([Self.program] + options)
            #expect(result.status == 2)
            #expect(!sandbox.exists("/usr/bin/postern"))
        }

        @Test func aDomainNameIsNoAdminAndNothingIsLeftHalfMade() throws {
            let result = try sandbox.run([Self.program, "--binary", Sandbox.binary, "--admin", "nobody"])
            #expect(result.status == 1 || result.status == 64)
            #expect(result.errorOutput.contains("nobody is no mail address"))
            try install(["--admin", Self.admin])
            #expect(try sandbox.succeed(["/usr/bin/postern", "admin", "list"]).contains(Self.admin))
        }
    }
}
