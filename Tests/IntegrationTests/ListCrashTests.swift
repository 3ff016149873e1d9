import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// The server and the helper for mailing lists, killed again and again while lists are made, changed and deleted.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: Program.isInstalled("/usr/bin/mlmmj-sub"), "needs mlmmj"))
    struct ListCrashTests {
        private struct Outcome {
            /// Acknowledged: there, with the name that was set last.
            var present: [String: String] = [:]
            /// Acknowledged: gone.
            var absent: Set<String> = []
            /// Without an answer, or refused meanwhile: there or not, but whole.
            var unsure: Set<String> = []
            var surprises: [String] = []
        }

        /// Other threads than the workers send short answers only; those of lists may wait for a client.
        @Test func longAnswersComeWhole() throws {
            let helper = try RunningListHelper(relay: 1)
            let system = try MailSystem(settings: helper.settings)
            try system.add(domain: "long.example")
            let subscribers = (0..<2000).map { "subscriber\($0)@x.example" }
            try system.client.change(
                .post, "/api/ml/news@long.example",
                [
                    ("subscribers", subscribers.joined(separator: ",")), ("require_confirm", "no"),
                    ("footer_text", String(repeating: "x", count: 30_000)),
                ])
            let answer = try system.client.send(.get, "/api/ml/news@long.example?with_subscribers=yes")
            #expect(answer.status == 200 && answer.text.split(separator: "\"mail\"").count == subscribers.count + 1)
            #expect(answer.text.hasSuffix("]}}"))
            for number in 0..<30 { try system.client.change(.post, "/api/ml/l\(number)@long.example") }
            let all = try system.client.send(.get, "/api/mls/long.example")
            #expect(all.status == 200 && all.text.contains("l29@long.example") && all.text.utf8.count > 8192)
        }

        @Test(.timeLimit(.minutes(10))) func noListIsHalfThere() throws {
            let rounds = Soak.size(25, whole: 150, "POSTERN_LIST_KILLS")
            var random = SeededNumbers()
            print("seed \(random.seed): POSTERN_SEED=\(random.seed) repeats the moments of the kills")
            let helper = try RunningListHelper(relay: 1)
            let system = try MailSystem(settings: helper.settings)
            let domains = (0..<3).map { "d\($0).example" }
            for domain in domains { try system.add(domain: domain) }
            let outcome = Mutex(Outcome())
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let writers = Crew(3) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let list = "l\(round)@\(domains[member])"
                    func send(_ method: APIClient.Method, _ form: [(String, String)]) throws -> Bool {
                        let answer = try client.send(method, "/api/ml/\(list)", form)
                        if answer.isDone { return true }
                        let isExpected = answer.status == 502 || answer.word == "MAILING_LISTS_UNAVAILABLE"
                        outcome.withLock { outcome in
                            outcome.present[list] = nil
                            outcome.unsure.insert(list)
                            if !isExpected { outcome.surprises.append("\(list): \(answer.status) \(answer.text)") }
                        }
                        return false
                    }
                    let people = [("subscribers", "a@x.example,b@x.example"), ("require_confirm", "no")]
                    guard try send(.post, [("subject_prefix", "[one]")] + people) else { return }
                    outcome.withLock { $0.present[list] = "[one]" }
                    guard try send(.put, [("subject_prefix", "[two]")]) else { return }
                    outcome.withLock { $0.present[list] = "[two]" }
                    guard round.isMultiple(of: 2), try send(.delete, []) else { return }
                    outcome.withLock { outcome in
                        outcome.present[list] = nil
                        outcome.absent.insert(list)
                    }
                }
            }
            defer { writers.abandon() }
            for round in 0..<rounds {
                usleep(UInt32.random(in: 20_000...600_000, using: &random))
                if round % 3 != 1 { system.postern.kill9() }
                if round % 3 != 0 { helper.kill9() }
                if round % 3 != 0 { try helper.start() }
                if round % 3 != 1 { try system.postern.start() }
            }
            try writers.stop()
            // The start repairs what the last kill has left.
            #expect(system.postern.stop() == 0)
            try system.postern.start()
            let isDone = Program.wait(atMost: .seconds(60)) {
                let open = (try? system.postern.sql("SELECT count(*) FROM list_requests;")) ?? ""
                let rows = (try? system.postern.sql("SELECT address FROM maillists ORDER BY 1;")) ?? ""
                return open.hasPrefix("0") && rows.split(separator: "\n").map(String.init) == helper.lists
            }
            #expect(isDone, "rows and directories differ")
            let lists = Set(helper.lists)
            let seen = outcome.withLock(\.self)
            Soak.report(
                "\(rounds) kills, 3 writers: \(seen.present.count) lists acknowledged and there, \(seen.absent.count) "
                    + "deleted, \(seen.unsure.count) without an answer; none lost, none half unless this test failed")
            #expect(seen.surprises.isEmpty, "\(seen.surprises)")
            #expect(seen.present.count >= 3 && seen.absent.count >= 3 && !seen.unsure.isEmpty)
            #expect(Set(seen.present.keys).subtracting(lists).isEmpty, "acknowledged and lost")
            #expect(seen.absent.intersection(lists).isEmpty, "deleted and there")
            #expect(helper.names(".new") == [])
            for list in lists {
                let parts = list.split(separator: "@")
                let path = "\(parts[1])/\(parts[0])"
                #expect(helper.text("\(path)/control/listaddress") == "\(list)\n")
                if let prefix = seen.present[list] {
                    #expect(helper.text("\(path)/control/prefix") == "\(prefix)\n", "\(list)")
                    #expect(helper.text("\(path)/subscribers.d/a") == "a@x.example\n", "\(list)")
                    #expect(helper.text("\(path)/subscribers.d/b") == "b@x.example\n", "\(list)")
                }
            }
        }
    }
}
