import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `query_dns_immediately` with the program that looks names up, and a real name server. `systemd-socket-activate`
    /// stands for `systemd/postern-spf-now.socket`: it starts the program for each connection in the same way.
    @Suite(
        .enabled(if: NameServer.isInstalled, "needs nsd"),
        .enabled(if: Program.isInstalled("/usr/bin/systemd-socket-activate"), "needs systemd"))
    final class SPFNowTests {
        private let server: OperatorServer
        private let names: NameServer
        private let cookie: String?
        private var activator: ChildProcess?

        init() throws {
            server = try OperatorServer(settings: ["SPF_QUERY_TIMEOUT = 1"])
            names = try NameServer(zones: SPFZones.zones, broken: SPFZones.broken)
            try server.start()
            cookie = try server.logIn(RunningPostern.admin, RunningPostern.password)
        }

        deinit { activator?.end() }

        private var lookupSocket: String { server.socket.replacing("postern.sock", with: "spf-now.sock") }

        /// Starts what looks names up, and asks these name servers.
        private func serveLookups(_ servers: String...) throws {
            let command = [
                PosternProgram.command, "spf-refresh", "--asked", "--socket", server.socket,
                "--settings", server.postern.settingsFile,
            ]
            activator = try ChildProcess(
                ["/usr/bin/systemd-socket-activate", "--accept", "--inetd", "--listen=\(lookupSocket)"]
                    + command + servers.flatMap { ["--dns", $0] },
                as: Accounts.service, log: "\(server.postern.directory.path)/lookups.log")
            let path = lookupSocket
            try #require(Program.wait(atMost: .seconds(5)) { access(path, F_OK) == 0 })
        }

        private var lookupLog: String { (try? server.postern.directory.read("lookups.log")) ?? "" }

        private struct Told: Decodable {
            struct Domain: Decodable {
                let domain: String
                let status: String
                let reason: String?
                let count: Int
                let senders: [String]
            }

            struct Found: Decodable {
                let domains: [Domain]
                let others: Int
            }

            let _success: Bool
            let _data: Found?
        }

        private func post(_ form: String) throws -> Told {
            let answer = try server.answer(
                "POST", "/api/greylisting/whitelist_spf_domains", "\(form)&query_dns_immediately=yes", cookie: cookie)
            let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
            return try JSONDecoder().decode(Told.self, from: Data(body.utf8))
        }

        /// Sends a request on a connection of its own, and waits for nothing.
        private func begin(_ form: String) throws -> FastCGIClient {
            let body = Array("\(form)&query_dns_immediately=yes".utf8)
            let parameters = Records.usual(
                "POST", "/api/greylisting/whitelist_spf_domains", cookie: cookie, length: String(body.count))
            let client = try FastCGIClient(server.socket, limit: 30)
            try client.send(Records.request(parameters, body: body))
            return client
        }

        /// Listens where the service for look-ups would.
        private func listen() throws -> Int32 {
            let listener = try LocalSocket.listen(at: lookupSocket)
            chown(lookupSocket, Accounts.service.user, Accounts.service.group)
            return listener
        }

        /// `domain status count` of each domain, sorted.
        private func told(_ form: String) throws -> [String] {
            let told = try post(form)
            #expect(told._success)
            return try #require(told._data).domains.map { "\($0.domain) \($0.status) \($0.count)" }.sorted()
        }

        private func rows() throws -> [String] {
            try server.postern.sql(
                "SELECT replace(comment, 'AUTO-UPDATE: ', '') || '|' || sender FROM greylisting_whitelist_domain_spf;",
                on: "iredapd"
            ).split(separator: "\n").map(String.init).sorted()
        }

        @Test func theServersAreFoundBeforeTheAnswer() throws {
            try serveLookups(names.address)
            let domains = SPFZones.domains.joined(separator: ",")
            #expect(
                try told("domains=\(domains)") == [
                    "bad.test ok 1", "big.test ok 120", "chain.test partial 20", "down.test failed 0",
                    "nored.test ok 1", "nospf.test ok 1", "nowhere.spf1.test ok 0", "redir.test ok 1",
                    "spf1.test ok 8", "wide.test ok 0",
                ])
            #expect(try rows() == SPFZones.rows.sorted())
            #expect(lookupLog.contains("bad.test: ok, 1 senders, 0 lookups; 1 added, 0 taken over, 0 removed"))

            let again = try #require(try post("addDomains=spf1.test,down.test")._data)
            #expect(again.domains.map(\.domain) == ["down.test", "spf1.test"] && again.others == 0)
            #expect(again.domains[0].reason == "down.test TXT: SERVFAIL")
            #expect(again.domains[1].senders.contains("192.0.2.0/24") && again.domains[1].reason == nil)
            // What changes is found as well.
            try names.change("bad.test", to: ["@ IN TXT \"v=spf1 ip4:192.0.2.9 -all\""])
            #expect(try told("addDomains=bad.test") == ["bad.test ok 1"])
            #expect(try rows().filter { $0.hasPrefix("bad.test") } == ["bad.test|192.0.2.9"])
        }

        /// One domain's silence takes nobody else's time, and keeps nobody from logging in.
        @Test func nameServersThatAreSilentGetANormalAnswer() throws {
            let silent = try SilentPort()
            // nsd refuses what it does not know, and then the silent one is asked, twice for a second.
            try serveLookups(names.address, silent.address)
            let start = ContinuousClock.now
            let all = (1...12).map { "silent\($0).test" } + ["bad.test"]
            let told = try told("domains=\(all.joined(separator: ","))")
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(told == (["bad.test ok 1"] + all.dropLast().map { "\($0) failed 0" }).sorted())
            #expect(try rows() == ["bad.test|192.0.2.8"])
        }

        @Test func withoutTheServiceTheChangeIsMade() throws {
            let start = ContinuousClock.now
            let told = try #require(try post("domains=bad.test")._data)
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(
                told.domains.map { "\($0.status) \($0.reason ?? "")" } == [
                    "pending The service for look-ups does not run."
                ])
            #expect(
                try server.postern.sql("SELECT domain FROM greylisting_whitelist_domains;", on: "iredapd")
                    == "bad.test\n")
        }

        /// It takes connections and says nothing.
        @Test func aServiceThatHangsIsGivenUpAndHoldsNobodyUp() throws {
            let listener = try listen()
            defer { close(listener) }
            let start = ContinuousClock.now
            // More than the server asks for at a time.
            let clients = try (1...3).map { number in try begin("addDomains=a\(number).test") }
            usleep(300_000)
            let before = ContinuousClock.now
            #expect(try server.logIn(RunningPostern.admin, RunningPostern.password) != nil)
            let changed = try server.answer("POST", "/api/domain/open.example", "name=Test", cookie: cookie)
            #expect(changed.contains(#"{"_success": true}"#))
            #expect(ContinuousClock.now - before < .seconds(3))
            for client in clients {
                let answer = try #require(try client.answer())
                #expect(answer.contains("There was no answer in time."), "\(answer)")
            }
            #expect((.seconds(19)...(.seconds(24))).contains(ContinuousClock.now - start))
        }

        @Test func aServerThatStopsWaitsForNoLookup() throws {
            let listener = try listen()
            defer { close(listener) }
            let client = try begin("addDomains=a.test")
            usleep(300_000)
            let start = ContinuousClock.now
            try server.stop()
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(try client.answer()?.contains("The server is ending.") == true)
        }

        /// A process that somebody has taken over through the DNS may answer anything.
        @Test func whatTheServiceSaysIsNotBelieved() throws {
            let listener = try listen()
            defer { close(listener) }
            let client = try begin("addDomains=a.test,b.test,c.test,d.test")
            let peer = try #require(LocalSocket.accept(on: listener, limit: 5))
            let lines = [
                "other.test\tok\t\t1\t192.0.2.1", "a.test\tok\t\t99999\t192.0.2.1", "b.test\tok\t\t1\tDROP TABLE",
                "c.test\tfailed\t\u{1b}[2J\"x\t0\t", "d.test\troot\t\t0\t", "\u{0}\u{ff}", "",
            ]
            let connection = ByteStream(peer)
            #expect(try connection.readLine() == "a.test")
            try connection.send(Array(lines.joined(separator: "\n").utf8))
            shutdown(peer, Int32(SHUT_RDWR))
            let body = try #require(try client.answer()?.components(separatedBy: "\r\n\r\n").last)
            let told = try #require(try JSONDecoder().decode(Told.self, from: Data(body.utf8))._data)
            #expect(
                told.domains.map { "\($0.domain) \($0.status) \($0.reason ?? "")" } == [
                    "a.test pending The look-up ended early.", "b.test pending The look-up ended early.",
                    "d.test pending The look-up ended early.", "c.test failed ?[2J\"x",
                ])
            #expect(try rows() == [])
        }
    }
}
