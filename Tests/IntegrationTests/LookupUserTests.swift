import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// The user `postern-spf` on an installation: what a process can do that somebody has taken over through the DNS.
    @Suite(
        .enabled(if: Sandbox.isAllowed, "needs overlay mounts"),
        .enabled(if: Program.isInstalled("/usr/bin/perl"), "needs perl"))
    final class LookupUserTests {
        private static let admin = "postmaster@admin.example"
        private static let socket = "/run/postern/postern.sock"
        /// As `Operating.md` 1.5 has it for a machine without systemd; the unit's groups are the same.
        private static let become = [
            "/usr/bin/setpriv", "--reuid=postern-spf", "--regid=postern-spf", "--groups=postern-web",
        ]
        private static let web = ["/usr/bin/setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups"]

        private let sandbox: Sandbox
        private let password: String
        private let directory: TemporaryDirectory
        private var server: ChildProcess?

        init() throws {
            sandbox = try Sandbox()
            directory = try TemporaryDirectory()
            let said = try sandbox.succeed([
                "\(Sandbox.repository)/systemd/install", "--binary", Sandbox.binary, "--admin", Self.admin,
            ])
            let line = try #require(said.split(separator: "\n").first { $0.hasPrefix("Password") })
            password = try #require(line.split(separator: " ").last.map(String.init))
            // As an administrator may have it who knew nothing of this user.
            let settings = try sandbox.read("/etc/postern/settings.py")
            try sandbox.write(
                "/etc/postern/settings.py", settings + "FASTCGI_PEERS = ['root', 'postern', 'www-data']\n")
            try sandbox.succeed([
                "/usr/bin/install", "-d", "-o", "postern", "-g", "postern-web", "-m", "2750", "/run/postern",
            ])
            try sandbox.succeed([
                "/usr/bin/install", "-d", "-o", "postern-spf", "-g", "postern-spf", "-m", "700", "/run/postern-spf",
            ])
            try sandbox.write(
                "/client.pl",
                """
                use IO::Socket::UNIX; binmode STDIN; binmode STDOUT; alarm 50; $SIG{PIPE} = 'IGNORE';
                while (read(STDIN, my $length, 4) == 4) {
                    read(STDIN, my $request, unpack('N', $length));
                    my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "connect: $!";
                    print $socket $request; $socket->flush; local $/;
                    print "answer:", scalar(<$socket>) // '';
                }

                """)
        }

        deinit { server?.end() }

        private func start() throws {
            let process = try ChildProcess(
                [
                    "/usr/sbin/chroot", sandbox.root, "/usr/bin/setpriv", "--reuid=postern", "--regid=postern",
                    "--init-groups", "/usr/bin/postern", "serve", "--socket", Self.socket,
                ], log: "\(directory.path)/log")
            server = process
            let isReady = Program.wait(atMost: .seconds(10)) {
                !process.isRunning || ((try? directory.read("log")) ?? "").contains("ready:")
            }
            guard isReady, process.isRunning else {
                throw Program.Failure(description: (try? directory.read("log")) ?? "")
            }
        }

        /// Sends requests as a user; the answers.
        private func send(_ requests: [[Records.Pair]], body: String = "", as user: [String]) throws -> [String] {
            let bytes = requests.flatMap { pairs in
                let request = Records.request(pairs, body: Array(body.utf8), keep: false)
                return withUnsafeBytes(of: UInt32(request.count).bigEndian) { Array($0) } + request
            }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(sandbox.root)/requests"))
            let command = "exec \"$@\" /usr/bin/perl /client.pl \(Self.socket) < /requests"
            let result = try sandbox.run(["/bin/sh", "-c", command, "sh"] + user)
            guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
            return result.output.components(separatedBy: "answer:").dropFirst().map { $0 }
        }

        private func tool(_ words: [String]) throws -> Program.Result {
            try sandbox.run(Self.become + ["/usr/bin/postern"] + words)
        }

        /// Method and path of every route, those of the tools included.
        private func routes() throws -> [(method: String, path: String)] {
            let listed = try sandbox.succeed(["/usr/bin/postern", "routes"]).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ").map(String.init)
                return words.count > 1 && words[1].hasPrefix("/api/") ? (words[0], words[1]) : nil
            }
            return listed + [
                ("GET", "/postern/admins"), ("GET", "/postern/deleted_mailboxes"), ("GET", "/postern/status"),
                ("DELETE", "/postern/deleted_mailboxes/1"),
            ]
        }

        private static func filled(_ path: String) -> String {
            path.split(separator: "/").map { piece in
                switch piece {
                case "<domain>": "/a.example"
                case "<mail>": "/\(admin)"
                case "<new_mail>": "/new@a.example"
                default: piece.hasPrefix("<") ? "/1" : "/\(piece)"
                }
            }.joined()
        }

        @Test func itDoesItsOwnThroughTheServerAndNothingElse() throws {
            try start()
            let secret = try sandbox.read("/etc/postern/gate")
            let login =
                "username=\(Self.admin)&password=\(password.replacing("+", with: "%2B").replacing("&", with: "%26"))"
            let gate = [("POSTERN_GATE", secret)]
            let form = Records.usual("POST", "/api/login", length: "\(login.utf8.count)") + gate
            let answer = try #require(try send([form], body: login, as: Self.web).first)
            let cookie = try #require(
                answer.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("set-cookie") }?
                    .split(separator: " ")[1].split(separator: ";").first.map(String.init), "\(answer)")
            // The session is good, and the secret known: what is refused below is refused for the user's sake.
            let good = Records.usual("GET", "/api/domains", cookie: cookie) + gate
            #expect(try send([good], as: Self.web).first?.contains(#""_success": true"#) == true)

            let routes = try routes()
            #expect(routes.count > 70)
            var requests: [[Records.Pair]] = []
            for (method, path) in routes {
                let target = Self.filled(path)
                requests.append(Records.usual(method, target) + gate)
                requests.append(Records.usual(method, target, cookie: cookie) + gate)
                requests.append(Records.usual(method, target, cookie: cookie) + gate + [("POSTERN_OPERATOR", "1")])
            }
            let answers = try send(requests, as: Self.become)
            #expect(answers.count == requests.count)
            for (request, answer) in zip(requests, answers) {
                #expect(answer.contains("NOT_AUTHORIZED"), "\(request[0].value) \(request[1].value): \(answer)")
            }
            #expect(try send([good], as: Self.web).first?.contains(#""_success": true"#) == true, "the session goes on")

            let own = Records.usual("GET", "/postern/spf_domains") + [("POSTERN_OPERATOR", "1")]
            #expect(try send([own], as: Self.become).first?.contains(#""_success": true"#) == true)
        }

        @Test func noFileOfOursIsOpenToIt() throws {
            try start()
            let readable = try sandbox.run(
                Self.become + ["/usr/bin/find", "/var/lib/postern", "-type", "f", "-readable"])
            #expect(readable.output == "")
            let writable = try sandbox.run(
                Self.become + [
                    "/usr/bin/find", "/var/lib/postern", "/etc/postern", "/run/postern", "/usr/lib/postern",
                    "/usr/bin/postern",
                    "-writable", "-not", "-type", "s",
                ])
            #expect(writable.output == "")
            let files = try sandbox.succeed(["/usr/bin/find", "/var/lib/postern", "-type", "f"]).split(separator: "\n")
            #expect(files.count > 10)
            for file in files.map(String.init) + ["/etc/postern/gate", "/etc/nginx/postern-gate.conf"] {
                #expect(try sandbox.run(Self.become + ["/usr/bin/cat", file]).status != 0, "\(file)")
            }
            for words in [["admin", "list"], ["purge", "--dry-run"], ["status"], ["backup", "/tmp/copy"]] {
                #expect(try tool(words).status != 0, "\(words)")
            }
        }

        @Test(.enabled(if: NameServer.isInstalled, "needs nsd"))
        func theToolsWorkAndWaitForAServerThatIsDown() throws {
            let names = try NameServer(zones: SPFZones.zones)
            try sandbox.succeed([
                "/usr/bin/setpriv", "--reuid=postern", "--regid=postern", "--init-groups", "/usr/bin/sqlite3",
                "/var/lib/postern/iredapd/iredapd.db",
                ".filectrl persist_wal 1", "INSERT INTO greylisting_whitelist_domains (domain) VALUES ('nored.test');",
            ])
            let down = try tool(["spf-refresh", "--once", "--dns", names.address])
            #expect(down.status == 2)
            #expect(
                down.errorOutput == """
                    postern: cannot reach the server at \(Self.socket): No such file or directory; waiting for it
                    postern: spf-refresh: cannot reach the server at \(Self.socket): No such file or directory

                    """)
            try start()
            // Found without being told, as the unit does not rely on.
            for options in [[], ["--socket", Self.socket]] {
                let result = try tool(["spf-refresh", "--once", "--dns", names.address] + options)
                #expect(result.status == 0, "\(result.errorOutput)")
            }
            let rows = try sandbox.succeed([
                "/usr/bin/setpriv", "--reuid=postern", "--regid=postern", "--init-groups", "/usr/bin/sqlite3",
                "/var/lib/postern/iredapd/iredapd.db", "SELECT sender FROM greylisting_whitelist_domain_spf;",
            ])
            #expect(rows == "192.0.2.7\n")
            #expect(try sandbox.ownership("/run/postern-spf/spf-refresh.lock") == "postern-spf:postern-spf 600")
        }

        /// Root opens nothing that such a process has put in its way, and makes nothing there.
        @Test func rootsOwnRunTouchesNothingOfIts() throws {
            try start()
            try sandbox.succeed(
                Self.become + [
                    "/usr/bin/ln", "-s", "/etc/postern/gate", "/run/postern-spf/spf-refresh.lock",
                ])
            try sandbox.succeed(Self.become + ["/usr/bin/mkfifo", "/run/postern-spf/verify-domains.lock"])
            let before = try sandbox.ownership("/etc/postern/gate")
            for command in ["spf-refresh", "verify-domains"] {
                let result = try sandbox.run(["/usr/bin/postern", command, "--once"])
                #expect(result.status == 0, "\(result.errorOutput)")
            }
            #expect(try sandbox.ownership("/etc/postern/gate") == before)
            #expect(try sandbox.ownership("/run/postern-spf/verify-domains.lock") == "postern-spf:postern-spf 644")
        }
    }
}
