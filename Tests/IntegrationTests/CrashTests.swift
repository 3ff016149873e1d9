import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// Killed again and again while others write.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: DovecotServer.isInstalled, "needs dovecot, openssl"))
    struct CrashTests {
        private let system: MailSystem

        init() throws {
            system = try MailSystem()
            try system.add(domain: "open.example")
        }

        /// What the four writers have seen.
        private struct Outcome {
            var acknowledged: [String] = []
            /// The last ones before each kill: the most likely to be lost.
            var beforeKills: Set<String> = []
            var unanswered = 0
            /// Answers that are neither a success nor nginx' word for a dead Postern.
            var surprises: [String] = []
        }

        @Test(.timeLimit(.minutes(20))) func afterManyKillsEveryAcknowledgedUserIsWhole() throws {
            let rounds = Soak.size(50, whole: 200, "POSTERN_KILLS")
            var random = SeededNumbers()
            print("seed \(random.seed): POSTERN_SEED=\(random.seed) repeats the moments of the kills")
            let outcome = Mutex(Outcome())
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let writers = Crew(4) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    let answer = try client.send(.post, "/api/user/\(user)", [("password", "User-pw-1")])
                    outcome.withLock { outcome in
                        if answer.isDone {
                            outcome.acknowledged.append(user)
                        } else if answer.status == 502, answer.word == "INTERNAL_ERROR" {
                            outcome.unanswered += 1
                        } else {
                            outcome.surprises.append("\(user): \(answer.status) \(answer.text)")
                        }
                    }
                }
            }
            defer { writers.abandon() }
            for _ in 0..<rounds {
                usleep(UInt32.random(in: 10_000...250_000, using: &random))
                system.postern.kill9()
                outcome.withLock { outcome in outcome.beforeKills.formUnion(outcome.acknowledged.suffix(4)) }
                try system.postern.start()
            }
            try writers.stop()
            let seen = outcome.withLock(\.self)
            Soak.report(
                "\(rounds) kills, 4 writers: \(seen.acknowledged.count) users acknowledged, \(seen.unanswered) "
                    + "unanswered; none lost, none half unless this test failed")
            #expect(seen.surprises.isEmpty)
            #expect(seen.acknowledged.count > 200)
            #expect(seen.unanswered > 0, "no kill met a request")
            try expectWholeUsers(seen.acknowledged)
            try expectLogins(of: seen.beforeKills)
            #expect(system.postern.stop() == 0)
            let check = try system.postern.check()
            #expect(check.status == 0, "\(check.output) \(check.errorOutput)")
        }

        private func expectWholeUsers(_ acknowledged: [String]) throws {
            #expect(Set(acknowledged).subtracting(try system.postern.mailboxes()).isEmpty, "acknowledged and lost")
            // Whole or not at all, acknowledged or not.
            let halves = try system.postern.sql(
                """
                SELECT 'no self row', username
                  FROM mailbox
                 WHERE (SELECT count(*)
                          FROM forwardings
                         WHERE address = username AND forwarding = username AND is_forwarding = 1 AND active = 1) <> 1
                UNION ALL
                SELECT 'no mailbox', address
                  FROM forwardings
                 WHERE address NOT IN (SELECT username FROM mailbox)
                UNION ALL
                SELECT 'not logged', username
                  FROM mailbox
                 WHERE (SELECT count(*) FROM log WHERE event = 'create' AND log.username = mailbox.username) <> 1;
                """)
            #expect(halves == "")
        }

        private func expectLogins(of users: Set<String>) throws {
            let dovecot = try system.makeDovecot()
            defer { dovecot.stop() }
            for user in users.sorted() { #expect(try dovecot.login(user, "User-pw-1"), "\(user)") }
        }
    }
}
