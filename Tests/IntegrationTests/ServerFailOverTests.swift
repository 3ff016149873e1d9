import Glibc
import Support
import Testing

extension IntegrationTests {
    /// The PostgreSQL server ends, comes back, or another one takes its place.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
    struct ServerFailOverTests {
        private static let longestAway = Duration.seconds(10)
        /// A worker's connections to two databases find out one after the other that the server hangs, after 30 seconds
        /// each; then it cannot be connected to.
        private static let longestHang = Duration.seconds(80)

        /// Waits until each instance is healthy again, and a client at it reads and writes; how long that took.
        private func timeUntilAllServe(_ instances: [PosternInstance], cookie: String?, _ mark: String) throws
            -> Duration
        {
            let start = ContinuousClock.now
            for (index, instance) in instances.enumerated() {
                let client = InstanceClient(instance.socket, cookie: cookie)
                let isServing = Program.wait(atMost: .seconds(60)) {
                    instance.health == 200
                        && (try? client.send(.get, "/api/domain/open.example"))?.status == 200
                        && (try? client.send(
                            .put, "/api/domain/open.example", [("name", "\(mark) \(index)")]))?.isDone == true
                }
                #expect(isServing, "\(instance.log)")
            }
            return ContinuousClock.now - start
        }

        /// While the server is away, everything is refused with one word, at once or after a short wait.
        private func expectRefusals(_ instance: PosternInstance, cookie: String?) throws {
            #expect(Program.wait(atMost: .seconds(60)) { instance.health == 503 })
            let client = InstanceClient(instance.socket, cookie: cookie)
            let answers = [
                try client.send(.get, "/api/domain/open.example"), try client.send(.get, "/api/domains"),
                try client.send(.put, "/api/domain/open.example", [("name", "Away")]),
                try client.send(.post, "/api/user/away@open.example", [("password", "User-pw-1")]),
                try instance.client().send(
                    .post, "/api/login",
                    [("username", RunningPostern.admin), ("password", RunningPostern.password)]),
            ]
            for answer in answers { #expect(answer.status == 503 && answer.word == "INTERNAL_ERROR", "\(answer.text)") }
        }

        @Test(.timeLimit(.minutes(10))) func afterARestartOfTheServerEverythingGoesOn() throws {
            let server = try PostgreSQLCluster()
            let state = try SharedState(server)
            let instances = try (0..<2).map { _ in try PosternInstance(server) }
            let admin = try instances[0].admin()
            let processes = instances.compactMap { $0.process?.pid }
            try admin.change(.post, "/api/domain/open.example", [("name", "Test")])
            let makers = UserMakers(
                "w", in: "open.example", at: (0..<4).map { (instances[$0 % 2].socket, admin.cookie) })
            defer { makers.abandon() }
            let ends: [(String, () throws -> Void)] = [
                ("stop", server.stop), ("immediate stop", server.stopImmediately), ("kill", server.kill9),
            ]
            for (name, end) in ends {
                try makers.wait(for: 8)
                try end()
                for instance in instances { try expectRefusals(instance, cookie: admin.cookie) }
                try server.start()
                let time = try timeUntilAllServe(instances, cookie: admin.cookie, name)
                #expect(time < Self.longestAway, "after \(name)")
            }
            // A backend that dies takes all others with it, and the server recovers by itself.
            try makers.wait(for: 8)
            try server.killBackend(where: "datname = 'vmail' AND application_name = 'postern'")
            _ = try timeUntilAllServe(instances, cookie: admin.cookie, "backend")
            // One connection after the other is ended by somebody: mostly nobody notices.
            try makers.wait(for: 8)
            try server.sql(
                "postgres", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'postern'")
            _ = try timeUntilAllServe(instances, cookie: admin.cookie, "connections")
            try makers.wait(for: 8)
            try makers.stop()
            #expect(makers.seen.surprises == [])
            #expect(try state.lost(of: makers.seen.acknowledged) == [])
            #expect(try state.faults() == [])
            #expect(instances.compactMap { $0.process?.pid } == processes && processes.count == 2)
            for instance in instances { #expect(instance.process?.isRunning == true) }
        }

        @Test(.timeLimit(.minutes(10))) func itStartsBeforeTheServerAndStopsWithoutIt() throws {
            let server = try PostgreSQLCluster()
            let state = try SharedState(server)
            let instance = try PosternInstance(server)
            let admin = try instance.admin()
            try admin.change(.post, "/api/domain/open.example", [("name", "Test")])
            #expect(instance.stop() == 0)
            try server.stop()
            try instance.launch()
            #expect(Program.wait(atMost: .seconds(20)) { instance.log.contains("waiting for the PostgreSQL server") })
            try server.start()
            try instance.waitUntilReady()
            #expect(instance.health == 200)
            try server.stop()
            try expectRefusals(instance, cookie: admin.cookie)
            #expect(instance.stop() == 0, "\(instance.log)")
            try server.start()
            #expect(try state.faults() == [])
        }

        /// Postfix leaves a host alone for a minute after each attempt that has failed.
        @Test(
            .enabled(if: Soak.isOn, "takes longer than a minute"),
            .enabled(if: MailPrograms.areInstalled, "needs postfix-pgsql, dovecot-pgsql"), .timeLimit(.minutes(5)))
        func mailThatComesMeanwhileIsPutOffAndAMinuteLaterTaken() throws {
            let server = try PostgreSQLCluster()
            let state = try SharedState(server)
            let instance = try PosternInstance(server)
            let admin = try instance.admin()
            try admin.change(.post, "/api/domain/open.example", [("name", "Test")])
            let user = "jo@open.example"
            try admin.change(.post, "/api/user/\(user)", [("password", UserMakers.password)])
            let programs = try MailPrograms(of: instance)
            #expect(programs.know(user), "\(programs.log)")
            try server.stop()
            #expect(try programs.reply(to: user).hasPrefix("451 "))
            #expect(!programs.dovecotKnows(user))
            try server.start()
            let start = ContinuousClock.now
            #expect(Program.wait(atMost: Self.longestAway) { programs.dovecotKnows(user) }, "\(programs.log)")
            let ofDovecot = ContinuousClock.now - start
            #expect(Program.wait(atMost: .seconds(75)) { programs.postfixKnows(user) }, "\(programs.log)")
            let ofPostfix = ContinuousClock.now - start
            Soak.report(
                "asked while no server was there: Dovecot answered \(ofDovecot) after its return, Postfix \(ofPostfix)")
            #expect(try state.faults() == [])
        }

        /// Connections stay open, and nobody answers.
        @Test(.enabled(if: Soak.isOn, "takes longer than a minute"), .timeLimit(.minutes(10)))
        func aServerThatHangsKeepsNobodyForLong() throws {
            let server = try PostgreSQLCluster()
            let state = try SharedState(server)
            let instance = try PosternInstance(server)
            let admin = try instance.admin()
            try admin.change(.post, "/api/domain/open.example", [("name", "Test")])
            let (socket, cookie) = (instance.socket, admin.cookie)
            let process = instance.process?.pid
            server.freeze()
            defer { server.thaw() }
            let start = ContinuousClock.now
            let answers = try atOnce(
                (0..<12).map { number in
                    {
                        let client = InstanceClient(socket, cookie: cookie)
                        return switch number % 3 {
                        case 0: try client.send(.get, "/api/domain/open.example")
                        case 1: try client.send(.put, "/api/domain/open.example", [("name", "Frozen \(number)")])
                        default:
                            try client.send(
                                .post, "/api/login",
                                [("username", RunningPostern.admin), ("password", RunningPostern.password)])
                        }
                    }
                })
            for answer in answers { #expect(answer.status == 503 && answer.word == "INTERNAL_ERROR", "\(answer.text)") }
            #expect(ContinuousClock.now - start < Self.longestHang)
            #expect(instance.health == 503)
            server.thaw()
            #expect(try timeUntilAllServe([instance], cookie: cookie, "thawed") < Self.longestAway)
            #expect(instance.process?.pid == process && instance.process?.isRunning == true)
            #expect(try state.faults() == [])
        }

        @Test(
            .enabled(if: MailPrograms.areInstalled, "needs postfix-pgsql, dovecot-pgsql"), .timeLimit(.minutes(40)))
        func theStandbyTakesOverAndNothingAcknowledgedIsLost() throws {
            let rounds = Soak.size(1, whole: 20, "POSTERN_FAIL_OVERS")
            var random = SeededNumbers()
            print("seed \(random.seed): POSTERN_SEED=\(random.seed) repeats the moments of the kills")
            let servers = [try PostgreSQLCluster(port: 5432)]
            let state = try SharedState(servers[0])
            let pair = servers + [try PostgreSQLCluster(following: servers[0], port: 5433)]
            let hosts =
                "host=\(pair.map(\.directory.path).joined(separator: ",")) "
                + "port=\(pair.map { String($0.port) }.joined(separator: ","))"
            let instances = try (0..<2).map { _ in try PosternInstance(hosts: hosts) }
            let admin = try instances[0].admin()
            try admin.change(.post, "/api/domain/open.example", [("name", "Test")])
            let programs = try MailPrograms(of: instances[0])
            var acknowledged: [String] = []
            var refused = 0
            var longest = Duration.zero
            var longestOfPrograms = Duration.zero
            for round in 0..<rounds {
                let (primary, standby) = (pair[round % 2], pair[1 - round % 2])
                if round > 0 { try standby.follow(primary) }
                try primary.requireStandby()
                let makers = UserMakers(
                    "r\(round)-", in: "open.example", at: (0..<4).map { (instances[$0 % 2].socket, admin.cookie) })
                defer { makers.abandon() }
                try makers.wait(for: 12)
                // They have connections to the primary then.
                if round > 0 { try programs.replacePostfix() }
                #expect(programs.know(try #require(makers.seen.acknowledged.last)), "round \(round): \(programs.log)")
                usleep(UInt32.random(in: 1_000...100_000, using: &random))
                primary.kill9()
                for instance in instances { try expectRefusals(instance, cookie: admin.cookie) }
                // The pauses between attempts to connect have grown by then.
                usleep(UInt32.random(in: 0...2_500_000, using: &random))
                try standby.promote()
                let time = try timeUntilAllServe(instances, cookie: admin.cookie, "round \(round)")
                #expect(time < Self.longestAway)
                longest = max(longest, time)
                try makers.wait(for: 4)
                let newest = try #require(makers.seen.acknowledged.last)
                let start = ContinuousClock.now
                let isNewestKnown = Program.wait(atMost: Self.longestAway) { programs.know(newest) }
                #expect(isNewestKnown, "round \(round): \(programs.log)")
                longestOfPrograms = max(longestOfPrograms, ContinuousClock.now - start)
                try makers.stop()
                #expect(makers.seen.surprises == [])
                #expect(makers.seen.unanswered == 0)
                acknowledged += makers.seen.acknowledged
                refused += makers.seen.refused
                #expect(try state.lost(of: acknowledged, at: standby) == [], "round \(round)")
                #expect(try state.faults(at: standby) == [], "round \(round)")
            }
            Soak.report(
                "\(rounds) fail-overs, 2 instances, 4 writers: \(acknowledged.count) users acknowledged, \(refused) "
                    + "refused, at most \(longest) until both served again, and \(longestOfPrograms) more until Postfix "
                    + "and Dovecot answered; none lost unless this test failed")
        }
    }
}
