import MailStore
import Storage
import Support
import Testing

/// The sums beside the accounts, whatever other programs write: random statements of the engine's own shell, and then
/// the rules in SQL of the tests' own.
@Suite(.enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs the sqlite3 shell"))
struct TotalsTests {
    private static let sumsOfUsage = """
        SELECT domain, mailboxes, bytes, messages FROM used_quota_totals
        EXCEPT SELECT domain, COUNT(*), SUM(bytes), SUM(messages) FROM used_quota GROUP BY domain;
        SELECT domain FROM used_quota EXCEPT SELECT domain FROM used_quota_totals;
        """

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func ofDomainsAreRight(_ seed: UInt64) throws {
        let database = try SchemaDatabase(.vmail)
        var random = SeededNumbers(seed: seed)
        let script = "BEGIN;\n" + (0..<400).map { _ in Self.change(&random) }.joined() + "COMMIT;\n"
        let sums = try database.run(script + "SELECT SUM(mailboxes), SUM(aliases), SUM(maillists) FROM domain_totals;")
        #expect(sums.split(separator: "|").count == 3 && !sums.hasPrefix("0"), "some are left")
        for (rule, query) in AccountRules.all where rule.hasPrefix("sums") {
            #expect(try database.run(query + ";") == "", "\(rule), seed \(seed)")
        }
        #expect(
            try database.run(
                "DELETE FROM mailbox; DELETE FROM alias; DELETE FROM maillists; SELECT * FROM domain_totals;") == "")
    }

    private static func change(_ random: inout SeededNumbers) -> String {
        let domain = random.pick(["a.example", "b.example"])
        let other = random.pick(["a.example", "b.example"])
        let (table, key) = random.pick([("mailbox", "username"), ("alias", "address"), ("maillists", "address")])
        func name(_ domain: String) -> String { "n\(Int.random(in: 0...5, using: &random))@\(domain)" }
        let address = name(domain)
        let quota = Int.random(in: 0...9, using: &random)
        /// Unless somebody has the name.
        func rename(to other: String, _ change: String) -> String {
            """
            UPDATE \(table) SET \(key) = '\(other)', \(change)
             WHERE \(key) = '\(address)' AND NOT EXISTS (SELECT 1 FROM \(table) AS o WHERE o.\(key) = '\(other)');

            """
        }
        switch Int.random(in: 0...6, using: &random) {
        case 0, 1, 2:
            let (column, value) =
                switch table {
                case "mailbox": ("quota", "\(quota)")
                case "alias": ("name", "")
                default: ("mlid", address)
                }
            return """
                INSERT INTO \(table) (\(key), domain, \(column)) VALUES ('\(address)', '\(domain)', '\(value)')
                    ON CONFLICT DO NOTHING;

                """
        case 3: return "DELETE FROM \(table) WHERE \(key) = '\(address)';\n"
        case 4: return rename(to: name(other), "domain = '\(other)'")
        case 5: return "UPDATE mailbox SET quota = quota + \(quota) WHERE domain = '\(domain)';\n"
        default: return table == "mailbox" ? rename(to: name(domain), "quota = 3") : ""
        }
    }

    /// As Dovecot's dictionary writes.
    @Test func ofWhatDovecotCountsAreRight() throws {
        let database = try SchemaDatabase(.usage)
        func count(_ user: String, _ bytes: Int, _ messages: Int) -> String {
            """
            INSERT INTO used_quota (bytes, username) VALUES (\(bytes), '\(user)')
                ON CONFLICT (username) DO UPDATE SET bytes = used_quota.bytes + \(bytes);
            INSERT INTO used_quota (messages, username) VALUES (\(messages), '\(user)')
                ON CONFLICT (username) DO UPDATE SET messages = used_quota.messages + \(messages);

            """
        }
        let script =
            count("u1@a.example", 10, 1) + count("u2@a.example", 20, 2) + count("u1@a.example", -3, 4)
            + count("u1@b.example", 7, 1)
        #expect(
            try database.run(script + "SELECT * FROM used_quota_totals ORDER BY 1;")
                == "a.example|2|27|7\nb.example|1|7|1\n")
        #expect(try database.run(Self.sumsOfUsage) == "")
        let rename =
            "UPDATE used_quota SET username = 'u2@b.example', domain = 'b.example' WHERE username = 'u2@a.example';"
        #expect(
            try database.run(rename + "SELECT * FROM used_quota_totals ORDER BY 1;")
                == "a.example|1|7|5\nb.example|2|27|3\n")
        #expect(
            try database.run(
                "DELETE FROM used_quota WHERE domain = 'a.example'; SELECT * FROM used_quota_totals ORDER BY 1;")
                == "b.example|2|27|3\n")
    }

    /// What an older file holds already is counted when it is brought up to date.
    @Test func areMadeForAnOlderFile() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/vmail.db"
        let connection = try ReleasedSchema(file: .vmail).make(2, at: path)
        try connection.script(
            """
            INSERT INTO mailbox (username, domain, quota) VALUES ('u1@a.example', 'a.example', 5), ('u2@a.example', 'a.example', 6);
            INSERT INTO alias (address, domain) VALUES ('a1@a.example', 'a.example'), ('l1@a.example', 'a.example');
            INSERT INTO maillists (address, domain) VALUES ('l1@a.example', 'a.example')
            """)
        #expect(try Migrator.update(.vmail, at: path) != nil)
        let sums = try connection.all("SELECT domain, mailboxes, quota, aliases, maillists FROM domain_totals") {
            row in (0..<row.columnCount).map(row.text).joined(separator: "|")
        }
        #expect(sums == ["a.example|2|11|1|1"])
    }
}
