import Foundation
import Support
import Testing

extension IntegrationTests {
    /// Answers of any length, through nginx.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct StreamingTests {
        private let system: MailSystem

        /// Two thousand domains, put in by SQL.
        init() throws {
            system = try MailSystem()
            try system.postern.sql(
                """
                WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 1999)
                INSERT INTO domain (domain, description, created)
                SELECT printf('d%04d.example', n), printf('Number "%d" \\ é', n), '2026-01-01 00:00:00'
                  FROM number;
                """)
        }

        private func domains(_ query: String = "") throws -> [Any] {
            let answer = try system.client.send(.get, "/api/domains\(query)")
            try #require(answer.status == 200 && answer.envelope?["_success"] as? Bool == true)
            return try #require(answer.envelope?["_data"] as? [Any])
        }

        @Test func aLongListArrivesWholeAndInOrder() throws {
            let profiles = try domains().compactMap { $0 as? [String: Any] }
            #expect(profiles.count == 2000)
            let inOrder = (0..<2000).map { String(format: "d%04d.example", $0) }
            #expect(profiles.compactMap { $0["domain"] as? String } == inOrder)
            #expect(profiles.last?["description"] as? String == #"Number "1999" \ é"#)
            let names = try domains("?name_only=yes")
            #expect(names.count == 2000 && names.first as? String == "d0000.example")
            #expect(try domains("?disabled_only=yes").isEmpty)
        }

        @Test func longListsNeedNoMoreMemoryThanShortOnes() throws {
            let process = try #require(system.postern.process)
            for _ in 0..<20 { _ = try system.client.send(.get, "/api/domains") }
            let before = process.residentMemory
            // Parsing them here would take longer than making them.
            for _ in 0..<100 { #expect(try system.client.send(.get, "/api/domains").body.count > 1_000_000) }
            #expect(process.residentMemory < before + 2048, "KiB, before \(before)")
            #expect(process.residentMemory < 64 * 1024)
        }

        /// nginx takes every answer at once; but who may reach the socket may also not read.
        @Test func peersThatDoNotReadAreGivenUp() throws {
            let cookie = try #require(system.client.cookie)
            let slow = try (0..<4).map { _ in
                let peer = try FastCGIClient(system.postern.socket, limit: 20)
                try peer.send(Records.request(Records.usual(cookie: cookie)))
                return peer
            }
            usleep(200_000)
            let begin = ContinuousClock.now
            #expect(try system.client.send(.get, "/api/domain/d0001.example").profile != nil)
            #expect(ContinuousClock.now - begin < .seconds(12))
            withExtendedLifetime(slow) {}
        }

        @Test func aClientThatLeavesInTheMiddleHarmsNobody() throws {
            let process = try #require(system.postern.process)
            let cookie = try #require(system.client.cookie)
            func leave(_ count: Int) throws {
                for _ in 0..<count {
                    let peer = try FastCGIClient(system.postern.socket, limit: 5)
                    try peer.send(Records.request(Records.usual(cookie: cookie)))
                    _ = try peer.record()
                }
                usleep(500_000)
            }
            try leave(20)
            let (descriptors, files) = (process.descriptors, process.openFiles.count)
            try leave(200)
            #expect(Program.wait(atMost: .seconds(3)) { process.descriptors <= descriptors })
            // Workers that had not been asked before open their databases, but not one for each who left.
            #expect(process.openFiles.count < files + 100)
            #expect(try domains().count == 2000)
        }
    }
}
