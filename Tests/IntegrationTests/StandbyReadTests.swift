import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// What GET requests show is read from a standby (`DATABASE_READ`), and no client notices.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
    struct StandbyReadTests {
        private let primary: PostgreSQLCluster
        private let standby: PostgreSQLCluster
        private let instance: PosternInstance
        private let admin: InstanceClient

        private static let domain = "/api/domain/a.example"
        private static let dan = "dan@office.example"

        init() throws {
            primary = try PostgreSQLCluster(port: 5432)
            _ = try SharedState(primary)
            standby = try PostgreSQLCluster(following: primary, port: 5433)
            try standby.configure(["log_statement = 'all'"])
            standby.reload()
            // In any order: the primary is never read in place of a standby.
            instance = try PosternInstance(hosts: Self.hosts(primary, standby), standby: Self.hosts(standby, primary))
            admin = try instance.admin()
            try admin.change(.post, Self.domain, [("name", "First")])
            try admin.change(.post, "/api/admin/\(Self.dan)", [("password", "User-pw-1")])
            try admin.change(.put, "/api/domain/admins/a.example", [("addAdmin", Self.dan)])
        }

        private static func hosts(_ clusters: PostgreSQLCluster...) -> String {
            "host=\(clusters.map(\.directory.path).joined(separator: ",")) "
                + "port=\(clusters.map { String($0.port) }.joined(separator: ","))"
        }

        private struct Figures {
            let reads: Int
            let misses: Int
            let isInUse: Bool
        }

        private func figures() throws -> Figures {
            let text = try admin.send(.get, "/api/metrics").text
            func value(_ name: String) throws -> Int {
                let line = text.split(separator: "\n").first { $0.hasPrefix("postern_standby_\(name) ") }
                return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
            }
            return Figures(
                reads: try value("reads_total"), misses: try value("misses_total"),
                isInUse: try value("in_use") == 1)
        }

        /// Waits until a request is answered from the standby.
        private func waitUntilItIsRead(atMost limit: Duration = .seconds(20)) throws {
            let reads = try figures().reads
            let isRead = try Program.wait(atMost: limit) {
                _ = try admin.send(.get, Self.domain)
                return try figures().reads > reads
            }
            #expect(isRead, "\(instance.log)")
        }

        private func name(_ client: InstanceClient? = nil) throws -> String? {
            let answer = try (client ?? admin).send(.get, Self.domain)
            return answer.profile?["description"] as? String
        }

        @Test(.timeLimit(.minutes(5))) func whatIsShownComesFromTheStandby() throws {
            try waitUntilItIsRead()
            #expect(try name() == "First")
            for path in [Self.domain, "/api/domains", "/api/log", "/api/users/a.example", "/api/spampolicy/global"] {
                let isRead = try Program.wait(atMost: .seconds(10)) {
                    let reads = try figures().reads
                    let answer = try admin.send(.get, path)
                    #expect(answer.isShown, "\(path): \(answer.text)")
                    return try figures().reads == reads + 1
                }
                #expect(isRead, "\(path)")
            }
            let after = try figures()
            #expect(after.isInUse)
            #expect(standby.log.contains("FROM domain") && !standby.log.contains("sessions"))
            // What decides on a change is read from the primary, and so is the health.
            try admin.change(.put, Self.domain, [("name", "Second")])
            #expect(instance.health == 200)
            let end = try figures()
            #expect(end.reads == after.reads && end.misses == after.misses)
            #expect(try instance.check().contains("  standby \(standby.directory.path),\(primary.directory.path): ok"))
            #expect(!instance.log.contains("the standby"))
        }

        @Test(.timeLimit(.minutes(5))) func aClientSeesWhatItHasChanged() throws {
            let other = try PosternInstance(
                hosts: Self.hosts(primary, standby), standby: Self.hosts(standby))
            let there = InstanceClient(other.socket, cookie: admin.cookie)
            for round in 0..<50 {
                try admin.change(.put, Self.domain, [("name", "Name \(round)")])
                #expect(try name() == "Name \(round)")
                #expect(try name(there) == "Name \(round)")
            }
            try waitUntilItIsRead()
            try standby.pauseReplay()
            let before = try figures()
            for round in 0..<5 {
                try there.change(.put, Self.domain, [("name", "Later \(round)")])
                for client in [admin, there] { #expect(try name(client) == "Later \(round)") }
                try admin.change(.post, "/api/user/u\(round)@a.example", [("password", "User-pw-1")])
                #expect(try there.send(.get, "/api/user/u\(round)@a.example").isShown)
                try admin.change(.delete, "/api/user/u\(round)@a.example")
                #expect(try there.send(.get, "/api/user/u\(round)@a.example").word == "NO_SUCH_ACCOUNT")
            }
            let after = try figures()
            #expect(after.reads == before.reads && after.misses > before.misses && !after.isInUse)
            #expect(try standby.sql("vmail", "SELECT description FROM domain") == "Name 49\n")
            #expect(try instance.check().contains("is not used: PostgreSQL, database vmail: the standby is behind"))
            try standby.resumeReplay()
            try waitUntilItIsRead()
            #expect(try name() == "Later 4")
            #expect(!instance.log.contains("the standby"), "a moment is no news")
        }

        @Test(.timeLimit(.minutes(5))) func rightsAndSessionsAreThoseOfThePrimary() throws {
            let dan = instance.client()
            try dan.logIn(Self.dan, "User-pw-1")
            try waitUntilItIsRead()
            try primary.configure(["log_statement = 'all'"])
            primary.reload()
            var known = 0
            let isRead = try Program.wait(atMost: .seconds(20)) {
                let reads = try figures().reads
                known = primary.log.utf8.count
                #expect(try dan.send(.get, Self.domain).isShown)
                return try figures().reads > reads
            }
            let isAsked = Program.wait(atMost: .seconds(20)) {
                let log = String(primary.log.utf8.dropFirst(known)) ?? ""
                return log.contains("FROM domain_admins") && log.contains("FROM sessions")
            }
            #expect(isRead && isAsked, "both are asked for the rights")
            try standby.pauseReplay()
            #expect(try dan.send(.get, Self.domain).isShown)
            // A session that was made just now, and one that has ended.
            let again = instance.client()
            try again.logIn(Self.dan, "User-pw-1")
            #expect(try again.send(.get, Self.domain).isShown)
            try again.change(.post, "/api/logout")
            #expect(try again.send(.get, Self.domain).word == "LOGIN_REQUIRED")
            // By the API, and past it.
            try admin.change(.put, "/api/domain/admins/a.example", [("removeAdmin", Self.dan)])
            #expect(try dan.send(.get, Self.domain).word == "PERMISSION_DENIED")
            #expect(try !dan.send(.get, "/api/domains").text.contains("a.example"))
            try admin.change(.put, "/api/domain/admins/a.example", [("addAdmin", Self.dan)])
            #expect(try dan.send(.get, Self.domain).isShown)
            try primary.sql("vmail", "DELETE FROM domain_admins WHERE username = '\(Self.dan)'")
            #expect(try dan.send(.get, Self.domain).word == "PERMISSION_DENIED")
            try primary.sql("vmail", "UPDATE admin SET active = 0 WHERE username = '\(Self.dan)'")
            #expect(try dan.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
            try standby.resumeReplay()
        }

        /// Readers that run meanwhile see nothing of it.
        @Test(.timeLimit(.minutes(10)), arguments: ["stop", "kill", "freeze"])
        func withoutTheStandbyEverythingGoesOn(_ way: String) throws {
            try waitUntilItIsRead()
            let (socket, cookie) = (instance.socket, admin.cookie)
            let readers = Crew(3) { number in
                let client = InstanceClient(socket, cookie: cookie)
                let paths = [Self.domain, "/api/domains", "/api/log"]
                return { _ in
                    let answer = try client.send(.get, paths[number])
                    guard answer.isShown else {
                        throw Program.Failure(description: "\(paths[number]): \(answer.status) \(answer.text)")
                    }
                    usleep(2_000)
                }
            }
            defer { readers.abandon() }
            func lines(_ text: String) -> Int { instance.log.components(separatedBy: text).count - 1 }
            switch way {
            case "stop": try standby.stop()
            case "kill": standby.kill9()
            default: standby.freeze()
            }
            #expect(Program.wait(atMost: .seconds(30)) { lines("is not used, the primary is read instead: ") == 1 })
            #expect(try name() == "First")
            #expect(instance.health == 200)
            if way == "freeze" { standby.thaw() } else { try standby.start() }
            #expect(Program.wait(atMost: .seconds(60)) { lines("is used again") == 1 }, "\(instance.log)")
            try waitUntilItIsRead()
            // All its connections end: they are made anew.
            try standby.sql(
                "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postern'")
            try waitUntilItIsRead()
            do { try readers.stop() } catch { Issue.record("\(error): \(instance.log)") }
            #expect(lines("is not used") == 1 && lines("is used again") == 1, "\(instance.log)")
        }

        @Test(.timeLimit(.minutes(5))) func anInstanceStartsWithoutTheStandby() throws {
            try standby.stop()
            let other = try PosternInstance(hosts: Self.hosts(primary, standby), standby: Self.hosts(standby))
            #expect(try name(InstanceClient(other.socket, cookie: admin.cookie)) == "First")
            #expect(other.health == 200)
            #expect(try other.check().contains("  warning: the standby \(standby.directory.path) is not used: "))
        }

        /// Both take changes, and only those of the primary count.
        @Test(.timeLimit(.minutes(5))) func aStandbyThatWasPromotedIsNotRead() throws {
            let other = try PosternInstance(hosts: Self.hosts(primary), standby: Self.hosts(standby))
            let client = InstanceClient(other.socket, cookie: admin.cookie)
            #expect(try name(client) == "First")
            try standby.promote()
            try standby.sql("vmail", "UPDATE domain SET description = 'Wrong'")
            var names: Set<String?> = []
            let isReported = try Program.wait(atMost: .seconds(20)) {
                names.insert(try name(client))
                return other.log.contains("is not used, the primary is read instead: ")
            }
            #expect(isReported && names == ["First"])
        }

        @Test(.timeLimit(.minutes(10))) func theStandbyTakesOverAndTheOtherOneIsReadThen() throws {
            try waitUntilItIsRead()
            try admin.change(.put, Self.domain, [("name", "Before")])
            try waitUntilItIsRead()
            primary.kill9()
            // The rights cannot be read.
            #expect(try admin.send(.get, Self.domain).status == 503)
            try standby.promote()
            #expect(
                try Program.wait(atMost: .seconds(30)) { try admin.send(.get, Self.domain).status == 200 })
            #expect(try name() == "Before")
            try admin.change(.put, Self.domain, [("name", "After")])
            #expect(try name() == "After")
            try primary.follow(standby)
            try waitUntilItIsRead(atMost: .seconds(60))
            #expect(try name() == "After")
        }
    }
}

extension HTTPAnswer {
    /// Whether it shows what was asked for.
    fileprivate var isShown: Bool { status == 200 && envelope?["_success"] as? Bool == true }
}
