import Foundation
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// A domain of 100 000 users, and 10 000 domains: what reading them whole costs, and what it does not.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: Program.isInstalled("/usr/bin/curl"), "needs curl"))
    struct LongListTests {
        private let system: MailSystem
        private let directory: TemporaryDirectory
        private static let users = 100_000

        init() throws {
            system = try MailSystem()
            directory = try TemporaryDirectory()
            try system.add(domain: "open.example")
        }

        /// Puts the users in by SQL, in one go.
        private func fillDomain() throws {
            try system.postern.sql(
                """
                BEGIN IMMEDIATE;
                INSERT INTO domain (domain, description) VALUES ('long.example', 'Long');
                WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < \(Self.users - 1))
                INSERT INTO mailbox (username, domain, password, name, active, storagebasedirectory, storagenode, maildir)
                SELECT printf('u%06d@long.example', n), 'long.example', '{PLAIN}x', printf('User "%d"', n), n % 4 > 0,
                       '/var/vmail', 'node', printf('long.example/u%06d/', n)
                  FROM number;
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding, active)
                SELECT username, username, domain, domain, 1, active FROM mailbox WHERE domain = 'long.example';
                COMMIT;
                """)
        }

        private static func user(_ number: Int) -> String { String(format: "u%06d@long.example", number) }

        /// Reads a list of profiles with curl, at most so many bytes a second.
        /// - Returns: the values of a member of each profile, in order.
        private func values(of member: String, in path: String, bytesPerSecond: String) throws -> [String] {
            let script = """
                curl --silent --fail --limit-rate "$1" --header "Cookie: $2" "$3" \
                | tr '{' '\\n' | sed -n 's/.*"'"$4"'": "\\([^"]*\\)".*/\\1/p' > "$5"
                """
            let file = "\(directory.path)/values"
            let result = try Program.run(
                "/bin/bash",
                [
                    "-o", "pipefail", "-c", script, "bash", bytesPerSecond, try #require(system.client.cookie),
                    "http://127.0.0.1:\(system.nginx.port)\(path)", member, file,
                ], limit: .seconds(120))
            try #require(result.status == 0, "\(result.errorOutput) \(system.nginx.errors)")
            return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        }

        /// What the pages of a list hold together, when each `Link` is followed.
        private func pages(_ path: String) throws -> (items: [Any], count: Int) {
            var items: [Any] = []
            var count = 0
            var next: String? = path
            while let path = next {
                let answer = try system.client.send(.get, path)
                items += try #require(answer.envelope?["_data"] as? [Any], "\(path)")
                count += 1
                try #require(count < 100)
                next = answer.header("link").map { String($0.dropFirst().prefix { $0 != ">" }) }
            }
            return (items, count)
        }

        @Test func aSlowReaderGetsAllWhileOthersWrite() throws {
            try fillDomain()
            let process = try #require(system.postern.process)
            // Every worker has served a profile and a change before.
            for number in 0..<20 {
                try system.add(user: "warm\(number)@open.example")
                _ = try system.client.send(.get, "/api/users/long.example?limit=1000")
            }
            let before = process.peakMemory
            let waits = Mutex<[Duration]>([])
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let writers = Crew(2) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let start = ContinuousClock.now
                    try client.change(.post, "/api/user/w\(member)-\(round)@open.example", [("password", "User-pw-1")])
                    waits.withLock { $0.append(ContinuousClock.now - start) }
                    usleep(5_000)
                }
            }
            defer { writers.abandon() }
            let start = ContinuousClock.now
            let names = try values(of: "username", in: "/api/users/long.example", bytesPerSecond: "24M")
            let duration = ContinuousClock.now - start
            try writers.stop()

            #expect(names.count == Self.users && names == (0..<Self.users).map(Self.user))
            let sorted = waits.withLock { $0.sorted() }
            let longest = try #require(sorted.last)
            let growth = process.peakMemory - before
            print(
                "long list: \(duration); \(sorted.count) creates, median \(sorted[sorted.count / 2]), longest \(longest);",
                "peak memory \(before) KiB and \(growth) KiB more")
            #expect(sorted.count > 50)
            // nginx keeps the list in a file, and writes to a busy disk may take seconds. A change that waited for
            // the reader would take as long as the whole list.
            #expect(longest < duration / 2, "a change waited for the reader")
            #expect(growth < 8 * 1024, "KiB, before \(before)")
            let log = try FileManager.default.attributesOfItem(atPath: "\(system.postern.state)/vmail/vmail.db-wal")
            #expect((log[.size] as? Int ?? .max) < 128 * 1024 * 1024, "the write-ahead log")
            #expect(try system.postern.mailboxes().filter { $0.hasPrefix("w") }.count == sorted.count + 20)
        }

        @Test func thePartsOfALongListAreTheWhole() throws {
            try fillDomain()
            let answer = try system.client.send(.get, "/api/users/long.example?email_only=yes")
            let whole = try #require(answer.envelope?["_data"] as? [String])
            #expect(whole == (0..<Self.users).map(Self.user))
            #expect(answer.header("link") == nil)
            let addresses = try pages("/api/users/long.example?email_only=yes&limit=9999")
            #expect(addresses.count == 11 && addresses.items as? [String] == whole)
            let profiles = try pages("/api/users/long.example?disabled_only=yes&limit=5000")
            let disabled = profiles.items.compactMap { ($0 as? [String: Any])?["username"] as? String }
            #expect(profiles.count == 5 && disabled == stride(from: 0, to: Self.users, by: 4).map(Self.user))
            let last = try system.client.send(
                .get, "/api/users/long.example?email_only=yes&after=\(Self.user(Self.users - 2))")
            #expect(last.envelope?["_data"] as? [String] == [Self.user(Self.users - 1)])
        }

        @Test func tenThousandDomainsAreListed() throws {
            try system.postern.sql(
                """
                WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 9998)
                INSERT INTO domain (domain, active) SELECT printf('d%05d.example', n), n % 2 FROM number;
                """)
            let process = try #require(system.postern.process)
            for _ in 0..<10 { _ = try system.client.send(.get, "/api/domains?limit=1000") }
            let before = process.peakMemory
            let expected = (0..<9999).map { String(format: "d%05d.example", $0) } + ["open.example"]
            let names = try system.client.send(.get, "/api/domains?name_only=yes")
            #expect(names.envelope?["_data"] as? [String] == expected)
            #expect(try values(of: "domain", in: "/api/domains", bytesPerSecond: "1G") == expected)
            let parts = try pages("/api/domains?limit=3000")
            #expect(parts.count == 4)
            #expect(parts.items.compactMap { ($0 as? [String: Any])?["domain"] as? String } == expected)
            let disabled = try pages("/api/domains?name_only=yes&disabled_only=yes&limit=2500")
            #expect(disabled.count == 2 && disabled.items.count == 5000)
            #expect(process.peakMemory - before < 8 * 1024, "KiB, before \(before)")
        }
    }
}
