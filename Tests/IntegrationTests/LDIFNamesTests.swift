import Support
import Testing

extension IntegrationTests {
    /// Whatever a name holds, it comes out as it went in.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct LDIFNamesTests {
        private let system: MailSystem
        private static let characters = Array(" :<>#,+\"\\;=-_.abcXYZ012äßłЖ張👍🏽é\u{301}\u{AD}\u{200B}\u{A0}")

        init() throws {
            system = try MailSystem()
            try system.add(domain: "open.example")
        }

        /// Names of many lengths, around those where lines are folded.
        private static func names(_ random: inout SeededNumbers) -> [String] {
            let drawn = (1...60).map { length in
                String((0..<length).compactMap { _ in characters.randomElement(using: &random) })
            }
            let folded = (64...80).map { String(repeating: "x", count: $0) } + [String(repeating: "ü", count: 120)]
            return drawn + folded + ["\u{AD}", "\u{200B}\u{200B}", "=", "a\\", "\\2C", "cn: x", "- ", "dn:: YQ=="]
        }

        @Test func aRandomNameSurvivesTheWayIntoADirectory() throws {
            var random = SeededNumbers()
            let seed = random.seed
            var text = try export("domain/open.example")
            var expected: [String: String] = [:]
            for (number, name) in Self.names(&random).enumerated() {
                let user = "u\(number)@open.example"
                try system.add(user: user, "User-pw-1", [("name", name)])
                try system.client.change(.put, "/api/user/\(user)", [("gn", name), ("sn", name)])
                let profile = try #require(try system.client.send(.get, "/api/user/\(user)").profile)
                expected[user] = profile["name"] as? String
                text += try export("user/\(user)")
            }
            #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 76 })
            try compare(LDIFRecord.all(in: text), with: expected, "seed \(seed)")
            guard OpenLDAPServer.isInstalled else { return }
            let server = try OpenLDAPServer()
            try server.load(text)
            try compare(server.dump(), with: expected, "seed \(seed)")
        }

        private func compare(_ records: [LDIFRecord], with expected: [String: String], _ comment: Comment) throws {
            for (user, name) in expected {
                let record = try #require(records.first { $0["mail"] == [user] })
                let (local, given) = (String(user.prefix { $0 != "@" }), name.isEmpty ? [] : [name])
                #expect(record["cn"] == [name.isEmpty ? local : name], comment)
                #expect(record["sn"] == record["cn"] && record["givenName"] == given, comment)
            }
        }

        private func export(_ path: String) throws -> String {
            let answer = try system.client.send(.get, "/api/ldif/\(path)")
            return try #require(answer.envelope?["_data"] as? String)
        }
    }
}
