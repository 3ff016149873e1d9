import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// An installation under a systemd that really runs: the units with all their locks, behind Debian's nginx.
    @Suite(
        .enabled(if: BootedSandbox.isAllowed, "needs systemd-container and a kernel that lets it start"),
        .enabled(if: NginxServer.isInstalled, "needs nginx"))
    final class BootTests {
        private static let admin = "postmaster@admin.example"
        private let system: BootedSandbox
        private let port: UInt16
        private let client: APIClient

        init() throws {
            let port = try Loopback.freePort()
            self.port = port
            let password = Mutex("")
            system = try BootedSandbox(with: ["nginx.service", "postern.socket", "postern.service"]) { sandbox in
                let said = try sandbox.succeed([
                    "\(Sandbox.repository)/systemd/install", "--binary", Sandbox.binary, "--admin", Self.admin,
                ])
                let line = said.split(separator: "\n").first { $0.hasPrefix("Password") }
                password.withLock { $0 = line?.split(separator: " ").last.map(String.init) ?? "" }
                try sandbox.includeInDefaultSite(port: port)
                // The limits have tests of their own.
                let path = "/etc/nginx/snippets/postern-locations.conf"
                try sandbox.write(
                    path,
                    try sandbox.read(path).replacing("    limit_req zone", with: "    # limit_req zone")
                        .replacing("    limit_conn postern", with: "    # limit_conn postern"))
                // Short enough to be waited for.
                try sandbox.succeed(["/usr/bin/mkdir", "-p", "/etc/systemd/system/postern.service.d"])
                try sandbox.write("/etc/systemd/system/postern.service.d/test.conf", "[Service]\nWatchdogSec=4\n")
            }
            // systemd calls nginx active as soon as it is executed, a moment before it listens.
            #expect(Program.wait(atMost: .seconds(20)) { Loopback.hasListener(on: port) })
            client = APIClient(port: port)
            try client.logIn(Self.admin, password.withLock(\.self))
        }

        private func process() throws -> String { try system.property("MainPID") }

        @Test func itServesUnderAllItsLocks() throws {
            #expect(try client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true)
            let status = try system.succeed(["/usr/bin/cat", "/proc/\(try process())/status"]).split(separator: "\n")
            for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
                #expect(status.contains { $0 == line }, "\(line)")
            }
            let own = try system.succeed(["/usr/bin/readlink", "/proc/\(try process())/ns/net", "/proc/1/ns/net"])
            // A container with this machine's network may not make another one. systemd 257, unlike 252, then goes on
            // without and says so; that no socket but local ones can be made, is another lock.
            let journal = try system.succeed(["/usr/bin/journalctl", "--no-pager", "--unit=postern.service"])
            let isImpossible = journal.contains("PrivateNetwork=yes is configured, but the kernel does not support")
            #expect(
                Set(own.split(separator: "\n")).count == 2 || isImpossible, "a network of its own, with nothing in it")
            #expect(try system.property("RestrictAddressFamilies") == "AF_UNIX")
            let mounts = try system.succeed(["/usr/bin/cat", "/proc/\(try process())/mounts"]).split(separator: "\n")
            #expect(mounts.contains { $0.contains(" / ") && $0.contains(" ro") })
            #expect(mounts.contains { $0.contains(" /var/lib/postern ") && $0.contains(" rw") })
            #expect(try system.property("StatusText").hasSuffix("state /var/lib/postern"))
            let socket = try system.succeed(["/usr/bin/stat", "-c", "%U:%G %a", "/run/postern/postern.sock"])
            #expect(socket == "root:postern-web 660\n")
            let failed = try system.succeed(["/usr/bin/systemctl", "--failed", "--plain", "--no-legend"])
            #expect(!failed.contains("postern"))
        }

        @Test func whatReadsTheDNSRunsUnderAllItsLocks() throws {
            let unit = "postern-spf-refresh.service"
            try system.succeed(["/usr/bin/mkdir", "-p", "/etc/systemd/system/\(unit).d"])
            // From within, as the service itself.
            try system.sandbox.write(
                "/etc/systemd/system/\(unit).d/test.conf",
                """
                [Service]
                ExecStartPre=/bin/sh -c 'for file in /var/lib/postern /var/lib/postern/vmail/vmail.db /etc/postern/gate /var/vmail; do ! head -c 1 "$$file" && ! ls "$$file/" || exit 9; done'
                ExecStartPre=/bin/sh -c 'echo "as $$(id -un) in $$(id -nG)"'

                """)
            try system.succeed(["/usr/bin/systemctl", "daemon-reload"])
            try system.succeed(["/usr/bin/systemctl", "start", unit])
            #expect(try system.property("Result", of: unit) == "success")
            let journal = try system.succeed(["/usr/bin/journalctl", "--no-pager", "--output=cat", "--unit=\(unit)"])
            #expect(journal.contains("as postern-spf in postern-spf postern-web\n"))
            #expect(journal.contains("verify-domains: 0 domains asked for: "))
            #expect(journal.contains("spf-refresh: 0 domains: "))
            let place = try system.succeed(["/usr/bin/stat", "-c", "%U:%G %a", "/run/postern-spf"])
            #expect(place == "postern-spf:postern-spf 700\n", "it is there for the next run")
        }

        /// The container has this machine's loopback addresses, and so reaches the test's name server.
        @Test func domainsAreLookedUpAtOnce() throws {
            guard NameServer.isInstalled else { return }
            let names = try NameServer(zones: SPFZones.zones, broken: SPFZones.broken)
            let settings = try system.sandbox.read("/etc/postern/settings.py")
            try system.sandbox.write(
                "/etc/postern/settings.py", settings + "SPF_DNS_SERVERS = ['\(names.address)']\n")
            let socket = try system.succeed(["/usr/bin/stat", "-c", "%U:%G %a", "/run/postern/spf-now.sock"])
            #expect(socket == "postern:postern 600\n")

            func told(_ domains: String) throws -> [String] {
                let answer = try client.send(
                    .post, "/api/greylisting/whitelist_spf_domains",
                    [("addDomains", domains), ("query_dns_immediately", "yes")])
                let told = try #require(answer.profile?["domains"] as? [[String: Any]], "\(answer.text)")
                return told.map { "\($0["domain"] ?? "") \($0["status"] ?? "") \($0["count"] ?? "")" }
            }
            #expect(try told("spf1.test,down.test") == ["down.test failed 0", "spf1.test ok 8"])
            let log = ["/usr/bin/journalctl", "--no-pager", "--output=cat", "--unit=postern-spf-now@*"]
            #expect(try system.succeed(log).contains("spf1.test: ok, 8 senders, 2 lookups; 8 added, "))
            #expect(try told("spf1.test") == ["spf1.test ok 8"])
            #expect(try system.succeed(log).contains("spf1.test: ok, 8 senders, 2 lookups; 0 added, "))

            // The same unit, with a program that looks around as the service.
            try system.succeed(["/usr/bin/mkdir", "-p", "/etc/systemd/system/postern-spf-now@.service.d"])
            try system.sandbox.write(
                "/etc/systemd/system/postern-spf-now@.service.d/test.conf",
                """
                [Service]
                ExecStartPre=/bin/sh -c 'for file in /var/lib/postern /var/lib/postern/vmail/vmail.db /etc/postern/gate /var/vmail; do ! head -c 1 "$$file" && ! ls "$$file/" || exit 9; done'
                ExecStartPre=/bin/sh -c 'echo "as $$(id -un) in $$(id -nG)" >&2'

                """)
            try system.succeed(["/usr/bin/systemctl", "daemon-reload"])
            #expect(try told("bad.test") == ["bad.test ok 1"])
            #expect(try system.succeed(log).contains("as postern-spf in postern-spf postern-web\n"))
            // Only the server may ask.
            let refused = try system.run([
                "/usr/bin/setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "/usr/bin/perl", "-e",
                "use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => '/run/postern/spf-now.sock') or die $!;",
            ])
            #expect(refused.errorOutput.contains("Permission denied"))

            try system.succeed(["/usr/bin/systemctl", "stop", "postern-spf-now.socket"])
            #expect(try told("redir.test") == ["redir.test pending 0"])
            try system.succeed(["/usr/bin/systemctl", "restart", "postern.service"])
            #expect(try told("redir.test") == ["redir.test ok 1"], "the service wants it")
        }

        /// Creates users without end while something happens; every one is answered, once, and is there.
        private func underLoad(_ body: () throws -> Void) throws {
            try client.change(.post, "/api/domain/open.example", [("name", "Test")])
            let (port, cookie) = (port, client.cookie)
            let done = Mutex(0)
            let odd = Mutex<[String]>([])
            let writers = Crew(8) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    let answer = try client.send(.post, "/api/user/\(user)", [("password", "User-pw-1")])
                    if answer.isDone { done.withLock { $0 += 1 } } else { odd.withLock { $0.append(answer.text) } }
                }
            }
            defer { writers.abandon() }
            usleep(500_000)
            try body()
            let before = done.withLock(\.self)
            #expect(Program.wait(atMost: .seconds(10)) { done.withLock(\.self) > before + 100 })
            try writers.stop()
            #expect(odd.withLock(\.self) == [])
            let domain = try client.send(.get, "/api/users/open.example?email_only=yes").envelope?["_data"] as? [Any]
            #expect(domain?.count == done.withLock(\.self))
        }

        @Test func restartsLoseNoRequestAtAll() throws {
            try underLoad {
                for _ in 0..<5 {
                    try system.succeed(["/usr/bin/systemctl", "restart", "postern.service"])
                    usleep(500_000)
                }
            }
            #expect(try system.property("NRestarts") == "0", "none crashed")
            #expect(try system.property("NFileDescriptorStore") == "0", "nothing stays behind")
        }

        @Test func anUpgradeLosesNoRequestAtAll() throws {
            let before = try process()
            try underLoad {
                let said = try system.succeed([
                    "\(Sandbox.repository)/systemd/install", "--binary", Sandbox.binary,
                ])
                #expect(said.contains("Installed: postern "))
            }
            #expect(try process() != before)
        }

        @Test func aReloadReadsTheSettings() throws {
            let before = try process()
            let settings = try system.sandbox.read("/etc/postern/settings.py")
            try system.sandbox.write("/etc/postern/settings.py", settings + "RESTFUL_API_CLIENTS = ['192.0.2.1']\n")
            try system.succeed(["/usr/bin/systemctl", "reload", "postern.service"])
            #expect(
                try Program.wait(atMost: .seconds(5)) {
                    try client.send(.get, "/api/domains").word == "NOT_AUTHORIZED"
                })
            #expect(try process() == before)
            #expect(try system.property("ActiveState") == "active")
        }

        @Test func aKilledServerIsThereAgain() throws {
            try system.succeed(["/usr/bin/systemctl", "kill", "--signal=KILL", "postern.service"])
            #expect(try client.send(.get, "/api/domains").status < 600, "answered, or refused by nginx")
            #expect(
                try Program.wait(atMost: .seconds(5)) {
                    try client.send(.get, "/api/domains").profile == nil
                        && system.property("NRestarts") == "1"
                })
            #expect(try client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true)
        }

        @Test func aServerThatHangsIsStartedAnew() throws {
            #expect(try system.property("WatchdogUSec") == "4s")
            // It lives through two of the watchdog's times.
            usleep(9_000_000)
            #expect(try system.property("NRestarts") == "0")
            try system.succeed(["/usr/bin/systemctl", "kill", "--signal=STOP", "postern.service"])
            #expect(try Program.wait(atMost: .seconds(15)) { try system.property("NRestarts") == "1" })
            #expect(
                try Program.wait(atMost: .seconds(5)) {
                    try client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true
                })
        }

        @Test func theGateKeepsOutOtherProgramsOfNginxsUser() throws {
            // Debian's www-data, as a web application would be.
            let request = "\(system.sandbox.root)/request"
            try Data(Records.request(Records.usual())).write(to: URL(fileURLWithPath: request))
            let script = """
                use IO::Socket::UNIX;
                alarm 5;
                my $socket = IO::Socket::UNIX->new(Peer => '/run/postern/postern.sock') or die $!;
                open my $file, '<', '/request' or die $!;
                local $/;
                print {$socket} scalar <$file>;
                $socket->flush;
                sysread $socket, my $answer, 65536 or die $!;
                print $answer;
                """
            let answer = try system.run([
                "/usr/bin/setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "/usr/bin/perl", "-e",
                script,
            ])
            #expect(answer.status == 0, "\(answer.errorOutput)")
            #expect(answer.output.contains("NOT_AUTHORIZED") && !answer.output.contains("LOGIN_REQUIRED"))
        }

        @Test func thePurgeRemovesMailAndMayWriteNothingElse() throws {
            try client.change(.post, "/api/domain/open.example", [("name", "Test")])
            try client.change(.post, "/api/user/anna@open.example", [("password", "User-pw-1")])
            let home = try #require(try client.send(.get, "/api/user/anna@open.example").profile?["maildir"] as? String)
            let base = "/var/vmail/vmail1"
            let path = home.hasPrefix("/") ? home : "\(base)/\(home)"
            try system.succeed([
                "/usr/bin/install", "-d", "-o", "vmail", "-g", "vmail", "-m", "700", "\(path)/Maildir/cur",
            ])
            try client.change(.delete, "/api/user/anna@open.example/keep_mailbox_days/1")
            try system.succeed([
                "/usr/bin/setpriv", "--reuid=postern", "--regid=postern", "--init-groups", "/usr/bin/sqlite3",
                "/var/lib/postern/vmail/vmail.db", ".timeout 5000", ".filectrl persist_wal 1",
                "UPDATE deleted_mailboxes SET delete_date = '2020-01-01';",
            ])
            try system.succeed(["/usr/bin/systemctl", "start", "postern-purge.service"])
            #expect(!system.sandbox.exists(path))
            #expect(system.sandbox.exists(base))
            #expect(
                try Program.wait(atMost: .seconds(5)) {
                    try system.succeed(["/usr/bin/journalctl", "--no-pager"]).contains("purged \(path)")
                })

            // The same unit, with a program that tries elsewhere.
            try system.succeed(["/usr/bin/mkdir", "-p", "/etc/systemd/system/postern-purge.service.d"])
            try system.sandbox.write(
                "/etc/systemd/system/postern-purge.service.d/test.conf",
                """
                [Service]
                ExecStart=
                ExecStart=-/usr/bin/touch /var/vmail/yes /etc/no /var/lib/postern/vmail/no /usr/no /root/no /run/no

                """)
            try system.succeed(["/usr/bin/systemctl", "daemon-reload"])
            try system.succeed(["/usr/bin/systemctl", "start", "postern-purge.service"])
            #expect(system.sandbox.exists("/var/vmail/yes"))
            for path in ["/etc/no", "/var/lib/postern/vmail/no", "/usr/no", "/root/no"] {
                #expect(!system.sandbox.exists(path), "\(path)")
            }
        }

        @Test func uninstallingStopsIt() throws {
            try system.succeed(["\(Sandbox.repository)/systemd/install", "--uninstall"])
            #expect(try client.send(.get, "/api/domains").status == 502)
            let units = try system.succeed(["/usr/bin/systemctl", "list-units", "--plain", "--no-legend", "postern*"])
            #expect(units == "")
        }
    }
}
