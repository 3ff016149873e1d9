import Gateway
import Mail
import MailStore
import Storage
import Synchronization
import Testing

/// What a crash between two files, or Dovecot writing on, may leave behind.
struct HousekeepingTests {
    private static let here = "jo@example.com"
    private static let gone = "gone@example.com"

    private func tidyUp(_ api: TestAPI) throws -> Int {
        var work: Housekeeping? = Housekeeping(now: api.clock.now)
        var removed = 0
        while let step = work {
            let result = Mutex<(removed: Int, rest: Housekeeping?)>((0, nil))
            let box = Box(result)
            try api.change { store in
                let outcome = try step.step(in: store)
                box.value.withLock { $0 = outcome }
            }
            (removed, work) = box.value.withLock { (removed + $0.removed, $0.rest) }
        }
        return removed
    }

    private final class Box: Sendable {
        let value: Mutex<(removed: Int, rest: Housekeeping?)>
        init(_ value: consuming Mutex<(removed: Int, rest: Housekeeping?)>) { self.value = value }
    }

    /// Names that another program has written as blobs, or not in UTF-8: more of them than a page has.
    @Test(
        .enabled(if: !NewState.isOnServer, "a server takes no such names"),
        arguments: ["CAST('x' || value AS BLOB)", "CAST(x'ff' || CAST(value AS BLOB) AS TEXT)"])
    func namesThatAreNoneDoNotHoldItUp(_ name: String) throws {
        let api = try TestAPI()
        try api.run(
            SQL(
                trusted: """
                    WITH RECURSIVE numbers(value) AS (SELECT 1000 UNION ALL SELECT value + 1 FROM numbers WHERE value < 1600)
                    INSERT INTO share_folder (from_user, to_user) SELECT \(name), \(name) FROM numbers
                    """), on: .usage)
        try api.run("INSERT INTO anyone_shares (from_user) VALUES (\(Self.gone))", on: .usage)
        _ = try tidyUp(api)
        #expect(try api.rows("SELECT from_user FROM anyone_shares", in: .usage) == [])
    }

    @Test func removesRowsOfAccountsThatAreGoneAndNoOthers() throws {
        let api = try TestAPI()
        let client = try api.globalAdmin()
        try api.addDomain("example.com")
        _ = try client.send(.post, "/api/user/\(Self.here)", "password=\(TestAPI.password)")
        for user in [Self.here, Self.gone] {
            try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES (\(user), 1, 1)", on: .usage)
            try api.run("INSERT INTO share_folder (from_user, to_user) VALUES (\(Self.here), \(user))", on: .usage)
        }
        for key in [Self.here, Self.gone, "@example.com", "@gone.example", "@.", "192.0.2.1"] {
            try api.run("INSERT INTO users (email, policy_id) VALUES (\(key), 0) ON CONFLICT DO NOTHING", on: .amavisd)
            try api.run("INSERT INTO throttle (account, kind) VALUES (\(key), 'inbound')", on: .iredapd)
            try api.run(
                "INSERT INTO greylisting (account, sender) VALUES (\(key), '@.') ON CONFLICT DO NOTHING", on: .iredapd)
        }
        try api.run("INSERT INTO throttle (account, kind) VALUES ('@elsewhere.example', 'external')", on: .iredapd)
        try api.run("INSERT INTO sessions (session_id, admin) VALUES ('x', \(Self.gone))", on: .api)

        #expect(try tidyUp(api) > 0)

        #expect(try api.rows("SELECT username FROM used_quota", in: .usage) == [Self.here])
        #expect(try api.rows("SELECT to_user FROM share_folder", in: .usage) == [Self.here])
        let kept = ["192.0.2.1", "@.", "@example.com", Self.here]
        #expect(try api.rows("SELECT email FROM users ORDER BY 1", in: .amavisd) == kept)
        #expect(
            try api.rows(
                "SELECT account FROM throttle WHERE kind = 'inbound' ORDER BY account COLLATE BINARY", in: .iredapd)
                == kept)
        #expect(
            try api.rows("SELECT account FROM throttle WHERE kind = 'external'", in: .iredapd) == ["@elsewhere.example"]
        )
        #expect(try api.rows("SELECT account FROM greylisting ORDER BY account COLLATE BINARY", in: .iredapd) == kept)
        #expect(try api.rows("SELECT DISTINCT admin FROM sessions", in: .api) == [TestAPI.admin])
        #expect(try tidyUp(api) == 0)
    }

    /// A crash between two files at its worst: the accounts are gone, and all that named them is left.
    @Test func removesWhateverADeclaredColumnSaysOfOnesWhoAreGone() throws {
        let api = try TestAPI(on: ReferenceWorld.state())
        // With whom the victim and his namesakes share folders.
        for row in try api.table("share_folder", in: .usage) {
            for user in row.values where user.hasSuffix("@other.example") {
                try api.run("INSERT INTO mailbox (username, domain) VALUES (\(user), 'other.example')")
            }
        }
        let (mailbox, alias, list) = (
            ReferenceWorld.mailboxes[0], ReferenceWorld.aliases[0], ReferenceWorld.lists[0]
        )
        for sql in [
            "DELETE FROM mailbox WHERE username = \(mailbox)", "DELETE FROM alias WHERE address IN (\(alias), \(list))",
            "DELETE FROM maillists WHERE address = \(list)",
            "DELETE FROM forwardings WHERE address IN (\(mailbox), \(alias), \(list))",
            "DELETE FROM admin WHERE username = \(ReferenceWorld.admins[0])",
            "DELETE FROM domain WHERE domain = \(ReferenceWorld.domains[0])",
        ] as [SQL] { try api.run(sql) }
        let here = try Set(
            api.rows(
                """
                SELECT username FROM mailbox UNION SELECT address FROM alias UNION SELECT username FROM admin
                 UNION SELECT '@' || domain FROM domain UNION SELECT '@.' || domain FROM domain UNION SELECT '@.'
                """))
        let tables = [StoreFile.usage, .amavisd, .iredapd, .api].flatMap { file in
            ReferenceWorld.references(for: file).compactMap { table in
                let owners = table.columns.filter { [.belongs, .link].contains($0.role) && $0.base == nil }
                return owners.isEmpty ? nil : (file: file, name: table.table, owners: owners.map(\.column))
            }
        }
        let before = try tables.map { try api.table($0.name, in: $0.file) }
        #expect(try tidyUp(api) > 0)
        for (table, before) in zip(tables, before) {
            let after = try api.table(table.name, in: table.file)
            let kept = before.filter { row in table.owners.allSatisfy { here.contains(row[$0] ?? "") } }
            #expect(!kept.isEmpty && kept.count < before.count, "\(table.name)")
            #expect(after == kept, "\(table.name)")
        }
    }

    @Test func removesWhatHasExpiredAndWhatNoListNeeds() throws {
        let api = try TestAPI()
        let client = try api.globalAdmin()
        let now = api.clock.now.epoch
        for (account, begun) in [("old@example.com", now - 61), ("new@example.com", now - 60)] {
            try api.run(
                "INSERT INTO throttle_tracking (account, period, init_time) VALUES (\(account), 60, \(begun))",
                on: .iredapd)
        }
        // More than one page, of which every other row is to go.
        try api.run(
            """
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
            INSERT INTO greylisting_tracking (sender, recipient, client_address, record_expired)
            SELECT 'a', 'b', n, \(now) - n % 2 FROM n
            """, on: .iredapd)
        try client.done(.post, "/api/wblist/inbound/whitelist/global", "addresses=@in.example,@gone.example")
        try client.done(.post, "/api/wblist/outbound/whitelist/global", "addresses=@out.example")
        try client.done(.put, "/api/wblist/inbound/whitelist/global", "addresses=@gone.example")

        #expect(try tidyUp(api) == 602)

        #expect(try api.rows("SELECT account FROM throttle_tracking", in: .iredapd) == ["new@example.com"])
        #expect(
            try api.rows("SELECT COUNT(*), MIN(record_expired) FROM greylisting_tracking", in: .iredapd) == [
                "600|\(now)"
            ])
        #expect(try api.rows("SELECT email FROM mailaddr ORDER BY 1", in: .amavisd) == ["@in.example", "@out.example"])
        #expect(try tidyUp(api) == 0)
    }
}
