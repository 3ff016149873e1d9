import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// A change of a whole domain is made in turns: others are served meanwhile, and kill -9 does not cut it short.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct LongChangeTests {
        private let system: MailSystem
        private static let users = 60_000

        init() throws {
            system = try MailSystem()
            try system.add(domain: "open.example")
            try system.postern.sql(
                """
                BEGIN IMMEDIATE;
                INSERT INTO domain (domain) VALUES ('long.example');
                WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(Self.users))
                INSERT INTO mailbox (username, domain, password, storagebasedirectory, storagenode, maildir)
                SELECT printf('u%06d@long.example', n), 'long.example', '{PLAIN}x', '/var/vmail', 'node',
                       printf('long.example/u%06d/', n)
                  FROM number;
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                SELECT username, username, domain, domain, 1 FROM mailbox WHERE domain = 'long.example';
                COMMIT;
                """)
        }

        private func isUnfinished() throws -> Bool { try system.postern.sql("SELECT domain FROM long_changes;") != "" }

        /// Sends it in a thread of its own, and waits until it has begun.
        private func begin(_ method: APIClient.Method, _ path: String, _ form: [(String, String)]) throws -> Crew {
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let sender = Crew(1) { _ in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    // Killed meanwhile, it gets nginx' own answer or none.
                    if round == 0 { _ = try? client.send(method, path, form) } else { usleep(1000) }
                }
            }
            let hasBegun = Program.wait(atMost: .seconds(20)) { (try? isUnfinished()) == true }
            try #require(hasBegun, "it was done in one turn")
            return sender
        }

        private func waitForTheEnd() {
            #expect(Program.wait(atMost: .seconds(120)) { (try? isUnfinished()) == false })
        }

        @Test func killedInTheMiddleOfADeletionItIsDoneByTheNextProcess() throws {
            let sender = try begin(.delete, "/api/domain/long.example", [])
            defer { sender.abandon() }
            // Served meanwhile, and the domain is gone for everybody.
            #expect(try system.client.send(.post, "/api/user/jo@open.example", [("password", "User-pw-1")]).isDone)
            #expect(try system.client.send(.get, "/api/domain/long.example", []).word == "INVALID_DOMAIN_NAME")
            system.postern.kill9()
            try #require(try isUnfinished())
            try system.postern.start()
            waitForTheEnd()
            #expect(try system.postern.mailboxes() == ["jo@open.example"])
            for table in ["domain", "mailbox", "forwardings", "domain_totals"] {
                #expect(
                    try system.postern.sql("SELECT COUNT(*) FROM \(table) WHERE domain = 'long.example';") == "0\n",
                    "\(table)")
            }
            #expect(try system.postern.sql("SELECT COUNT(*) FROM deleted_mailboxes;") == "\(Self.users)\n")
        }

        @Test func killedInTheMiddleOfAChangeItIsDoneByTheNextProcess() throws {
            let sender = try begin(.put, "/api/users/long.example", [("accountStatus", "disabled")])
            defer { sender.abandon() }
            #expect(try system.client.send(.post, "/api/user/jo@open.example", [("password", "User-pw-1")]).isDone)
            system.postern.kill9()
            try #require(try isUnfinished())
            try system.postern.start()
            waitForTheEnd()
            #expect(try system.postern.sql("SELECT username FROM mailbox WHERE active = 1;") == "jo@open.example\n")
            #expect(try system.postern.sql("SELECT COUNT(*) FROM forwardings WHERE active = 0;") == "\(Self.users)\n")
        }

        /// Told to stop, it does not wait for the end; the client is told what is promised.
        @Test func toldToStopItLeavesTheRestToTheNextProcess() throws {
            let sender = try begin(.put, "/api/users/long.example", [("accountStatus", "disabled")])
            defer { sender.abandon() }
            #expect(system.postern.stop() == 0)
            try #require(try isUnfinished())
            try system.postern.start()
            waitForTheEnd()
            #expect(try system.postern.sql("SELECT COUNT(*) FROM mailbox WHERE active = 1;") == "0\n")
        }
    }
}
