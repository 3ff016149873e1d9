import Glibc
import Support
import Testing

extension IntegrationTests {
    /// Two instances of the program that share the databases of a PostgreSQL server.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
    struct SeveralInstancesTests {
        private let state: SharedState
        private let instances: [PosternInstance]
        private let admins: [InstanceClient]

        init() throws {
            let server = try PostgreSQLCluster()
            state = try SharedState(server)
            let instances = try (0..<2).map { _ in try PosternInstance(server) }
            self.instances = instances
            // One session: made at the first, good at both.
            let first = try instances[0].admin()
            admins = [first, InstanceClient(instances[1].socket, cookie: first.cookie)]
        }

        @Test func whatOneIsToldTheOtherKnows() throws {
            let domain = "/api/domain/a.example", dan = "/api/admin/dan@office.example"
            try admins[1].change(.post, domain, [("name", "Test")])
            try admins[0].change(.post, dan, [("password", "User-pw-1")])
            try admins[1].change(.put, "/api/domain/admins/a.example", [("addAdmin", "dan@office.example")])
            let atFirst = instances[0].client()
            try atFirst.logIn("dan@office.example", "User-pw-1")
            let atSecond = InstanceClient(instances[1].socket, cookie: atFirst.cookie)
            for client in [atFirst, atSecond] { #expect(try client.send(.get, domain).status == 200) }
            // Again and again: nothing that an instance keeps in memory may outlive its truth.
            for round in 0..<10 {
                let (here, there) = (round % 2, 1 - round % 2)
                let clients = [atFirst, atSecond]
                try admins[here].change(
                    .put, "/api/domain/admins/a.example", [("removeAdmin", "dan@office.example")])
                #expect(try clients[there].send(.get, domain).word == "PERMISSION_DENIED")
                try admins[here].change(.put, "/api/domain/admins/a.example", [("addAdmin", "dan@office.example")])
                #expect(try clients[there].send(.get, domain).word == nil)
            }
            try admins[0].change(.put, dan, [("accountStatus", "disabled")])
            #expect(try atSecond.send(.get, domain).word == "LOGIN_REQUIRED")
            try admins[0].change(.put, dan, [("accountStatus", "active")])
            try atFirst.logIn("dan@office.example", "User-pw-1")
            atSecond.cookie = atFirst.cookie
            #expect(try atSecond.send(.get, domain).word == nil)
            try admins[0].change(.put, dan, [("password", "Other-pw-2")])
            #expect(try atSecond.send(.get, domain).word == "LOGIN_REQUIRED")
            try atSecond.logIn("dan@office.example", "Other-pw-2")
            try atSecond.change(.post, "/api/logout")
            atFirst.cookie = atSecond.cookie
            #expect(try atFirst.send(.get, domain).word == "LOGIN_REQUIRED")
        }

        /// As many calls as there are paths at the same time, in turn at either instance.
        private func send(
            _ method: APIClient.Method, _ calls: [(path: String, form: [(String, String)])]
        ) throws -> [HTTPAnswer] {
            let cookie = admins[0].cookie
            let sockets = instances.map(\.socket)
            return try atOnce(
                calls.enumerated().map { index, call in
                    { try InstanceClient(sockets[index % 2], cookie: cookie).send(method, call.path, call.form) }
                })
        }

        /// - Parameter refusals: the words that are right for the others.
        private func expect(_ count: Int, of answers: [HTTPAnswer], else refusals: Set<String>) {
            #expect(answers.count(where: \.isDone) == count, "\(answers.map(\.text))")
            for answer in answers where !answer.isDone {
                #expect(refusals.contains(answer.word ?? ""), "\(answer.status) \(answer.text)")
            }
        }

        @Test func togetherTheyKeepEveryLimit() throws {
            let user = [("password", "User-pw-1")]
            try admins[0].change(.post, "/api/domain/few.example", [("name", "Test"), ("numberOfUsers", "7")])
            let limited = try send(.post, (0..<24).map { ("/api/user/u\($0)@few.example", user) })
            expect(7, of: limited, else: ["EXCEEDED_DOMAIN_ACCOUNT_LIMIT"])

            try admins[1].change(.post, "/api/domain/small.example", [("name", "Test"), ("quota", "100")])
            let large = try send(.post, (0..<24).map { ("/api/user/u\($0)@small.example", user + [("quota", "10")]) })
            expect(10, of: large, else: ["EXCEEDED_DOMAIN_QUOTA_SIZE"])

            try admins[0].change(.post, "/api/domain/one.example", [("name", "Test")])
            let kinds = ["user", "alias", "maillist"]
            let same = try send(
                .post, (0..<24).map { ("/api/\(kinds[$0 % 3])/jo@one.example", $0 % 3 == 0 ? user : []) })
            expect(1, of: same, else: ["ALREADY_EXISTS"])
            let domains = try send(.post, (0..<8).map { _ in ("/api/domain/new.example", [("name", "Test")]) })
            expect(1, of: domains, else: ["ALREADY_EXISTS"])

            for number in 0..<8 { try admins[1].change(.post, "/api/user/r\(number)@one.example", user) }
            let rename = "/api/user/r0@one.example/change_email"
            let away = try send(.post, (0..<8).map { ("\(rename)/away\($0)@one.example", []) })
            expect(1, of: away, else: ["NO_SUCH_ACCOUNT"])
            let meeting = try send(
                .post, (1..<8).map { ("/api/user/r\($0)@one.example/change_email/x@one.example", []) })
            expect(1, of: meeting, else: ["ALREADY_EXISTS"])

            #expect(try state.faults() == [])
            #expect(
                try state.server.sql("vmail", "SELECT domain, mailboxes FROM domain_totals ORDER BY domain")
                    .contains("few.example|7\n"))
        }

        @Test func oneOfTwoWhoRemoveEachOtherStays() throws {
            var names = [RunningPostern.admin, "second@admin.example"]
            var first = admins[0]
            for round in 0..<5 {
                let form = [("password", RunningPostern.password), ("isGlobalAdmin", "yes")]
                try first.change(.post, "/api/admin/\(names[1])", form)
                let second = instances[1].client()
                try second.logIn(names[1], RunningPostern.password)
                let (sockets, cookies) = (instances.map(\.socket), [first.cookie, second.cookie])
                let victims = [names[1], names[0]]
                let answers = try atOnce(
                    [0, 1].map { index in
                        {
                            try InstanceClient(sockets[index], cookie: cookies[index])
                                .send(.delete, "/api/admin/\(victims[index])")
                        }
                    })
                #expect(answers.count(where: \.isDone) == 1, "\(answers.map(\.text))")
                let left = try state.server.sql(
                    "vmail", "SELECT username FROM admin JOIN domain_admins USING (username) WHERE domain = 'ALL'")
                #expect(left.split(separator: "\n").count == 1, "round \(round): \(left)")
                // The next round is begun by whoever is left.
                if answers[1].isDone { names.swapAt(0, 1) }
                first = instances[0].client()
                first.cookie = answers[1].isDone ? second.cookie : cookies[0]
            }
            #expect(try state.faults() == [])
        }

        /// Somebody holds the lock of those who write, for longer than a change waits.
        @Test func manyWhoWaitInVainAreRefusedTogether() throws {
            try admins[0].change(.post, "/api/domain/a.example", [("name", "Test")])
            let holder = try RunningProgram(
                "/usr/bin/psql",
                [
                    "-Xq", "-d", "\(state.server.connection) dbname=vmail", "-c",
                    "BEGIN; LOCK TABLE postern_schema IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(600)",
                ])
            let isHeld = try Program.wait(atMost: .seconds(30)) {
                try state.server.sql("vmail", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1\n"
            }
            #expect(isHeld, "\(holder.text)")
            let start = ContinuousClock.now
            let answers = try send(.put, (0..<120).map { ("/api/domain/a.example", [("name", "Test \($0)")]) })
            // Far less than each of them would wait after the other.
            #expect(ContinuousClock.now - start < .seconds(25))
            #expect(answers.allSatisfy { $0.status == 503 && $0.word == "DATABASE_BUSY" })
            for client in admins { #expect(try client.send(.get, "/api/domain/a.example").status == 200) }
            try state.server.sql(
                "vmail", "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            holder.stop()
            for client in admins { try client.change(.put, "/api/domain/a.example", [("name", "Free")]) }
        }

        @Test(.timeLimit(.minutes(20))) func afterManyKillsNothingAcknowledgedIsLost() throws {
            let rounds = Soak.size(5, whole: 50, "POSTERN_INSTANCE_KILLS")
            var random = SeededNumbers()
            print("seed \(random.seed): POSTERN_SEED=\(random.seed) repeats the moments of the kills")
            try admins[0].change(.post, "/api/domain/open.example", [("name", "Test")])
            let makers = UserMakers(
                "w", in: "open.example", at: (0..<4).map { (instances[$0 % 2].socket, admins[0].cookie) })
            defer { makers.abandon() }
            for round in 0..<rounds {
                try makers.wait(for: 8)
                usleep(UInt32.random(in: 1_000...100_000, using: &random))
                instances[round % 2].kill9()
                // The other one goes on alone.
                try makers.wait(for: 4)
                try instances[round % 2].start()
                #expect(instances[round % 2].health == 200)
            }
            try makers.stop()
            let seen = makers.seen
            Soak.report(
                "\(rounds) kills of one of two instances, 4 writers: \(seen.acknowledged.count) users acknowledged, "
                    + "\(seen.unanswered) unanswered; none lost, none half unless this test failed")
            #expect(seen.surprises == [])
            #expect(seen.unanswered > 0, "no kill met a request")
            #expect(try state.lost(of: seen.acknowledged) == [])
            #expect(try state.faults() == [])
        }
    }
}
