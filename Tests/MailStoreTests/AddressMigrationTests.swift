import MailStore
import Storage
import Support
import Testing

/// What version 4 of the account file mends in the rows of the versions before.
struct AddressMigrationTests {
    private let directory: TemporaryDirectory
    private let path: String

    /// A file of version 3: `a.example` is on, `off.example` was switched off, `big.example` waits for a proof.
    init() throws {
        directory = try TemporaryDirectory()
        path = "\(directory.path)/vmail.db"
        let connection = try ReleasedSchema(file: .vmail).make(3, at: path)
        try connection.script(
            """
            INSERT INTO domain (domain, active) VALUES ('a.example', 1), ('off.example', 0), ('big.example', 0), ('on.example', 1);
            INSERT INTO alias_domain (alias_domain, target_domain, active)
            VALUES ('live.example', 'a.example', 1), ('waits.example', 'a.example', 0);
            INSERT INTO admin (username) VALUES ('dan@x.example');
            INSERT INTO domain_admins (username, domain) VALUES ('dan@x.example', 'big.example');
            INSERT INTO domain_ownership (admin, domain, alias_domain, verified, expire)
            VALUES ('dan@x.example', 'big.example', '', 0, 1), ('old@x.example', 'big.example', '', 0, 1),
                   ('dan@x.example', 'a.example', 'waits.example', 0, 9000000000),
                   ('dan@x.example', 'on.example', '', 0, 1), ('dan@x.example', 'a.example', 'live.example', 0, 1),
                   ('dan@x.example', 'gone.example', '', 1, 1);
            INSERT INTO mailbox (username, domain, active)
            VALUES ('u@a.example', 'a.example', 1), ('no@a.example', 'a.example', 0), ('ceo@big.example', 'big.example', 0),
                   ('x@off.example', 'off.example', 0);
            INSERT INTO alias (address, domain, active) VALUES ('team@a.example', 'a.example', 1), ('shut@a.example', 'a.example', 0);
            INSERT INTO sender_relayhost (account, relayhost)
            VALUES ('@big.example', 'r'), ('ceo@big.example', 'r'), ('@off.example', 'r'), ('u@a.example', 'r');
            """)
        for (address, active) in [
            ("ceo@waits.example", 1), ("x@live.example", 1), ("x@a.example", 1), ("y@off.example", 1),
            ("y@big.example", 1),
            ("z@waits.example", 0),
        ] {
            try connection.execute(
                """
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias, active)
                VALUES (\(address), 'u@a.example', 'a.example', 'a.example', 1, \(active))
                """)
        }
        for (address, destination) in [
            ("team@a.example", "ceo@big.example"), ("shut@a.example", "ceo@big.example"),
            ("u@a.example", "ceo@big.example"),
            ("no@a.example", "ceo@big.example"), ("a.example", "ceo@big.example"), ("team@a.example", "x@off.example"),
            ("team@a.example", "no@a.example"),
        ] {
            try connection.execute(
                """
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, active)
                VALUES (\(address), \(destination), 'a.example', '', 0)
                """)
        }
        try connection.execute(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding, active)
            VALUES ('ceo@big.example', 'ceo@big.example', 'big.example', 'big.example', 1, 0)
            """)
    }

    private func rows(_ query: String) throws -> [String] {
        try SQLiteConnection(path, .reader).all(SQL(trusted: query)) { row in
            (0..<row.columnCount).map { row.text($0) }.joined(separator: "|")
        }
    }

    @Test func addressesFollowTheirDomainsAndTheNumberIsTold() throws {
        var mended: [Int] = []
        _ = try Migrator.update(.vmail, at: path) { mended.append($0) }
        #expect(mended == [6])
        #expect(
            try rows("SELECT address, active FROM forwardings WHERE is_alias = 1 ORDER BY 1") == [
                "ceo@waits.example|0", "x@a.example|1", "x@live.example|1", "y@big.example|0", "y@off.example|0",
                "z@waits.example|0",
            ])
        #expect(
            try rows("SELECT address, forwarding FROM forwardings WHERE is_alias = 0 AND active = 1 ORDER BY 1") == [
                "a.example|ceo@big.example", "team@a.example|ceo@big.example", "u@a.example|ceo@big.example",
            ])
    }

    /// Nobody could prove anything so far: what waited must not go the day after the update.
    @Test func claimsInForceBeginAnewAndOthersEnd() throws {
        _ = try Migrator.update(.vmail, at: path)
        #expect(
            try rows(
                """
                SELECT admin, domain, alias_domain, verified, expire > strftime('%s', 'now') + 2590000
                  FROM domain_ownership ORDER BY id
                """) == [
                    "dan@x.example|big.example||0|1", "dan@x.example|a.example|waits.example|0|1",
                    "dan@x.example|gone.example||1|0",
                ])
    }

    @Test func relaysOfAWaitingDomainGo() throws {
        _ = try Migrator.update(.vmail, at: path)
        #expect(try rows("SELECT account FROM sender_relayhost ORDER BY 1") == ["@off.example", "u@a.example"])
    }

    @Test func nothingToMendIsNotTold() throws {
        try SQLiteConnection(path, .writer(synchronous: .normal)).script("DELETE FROM forwardings")
        var mended: [Int] = []
        _ = try Migrator.update(.vmail, at: path) { mended.append($0) }
        #expect(mended == [])
    }
}
