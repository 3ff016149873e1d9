import Foundation
import IRedMail
import Mail
import Storage
import Support
import Testing

@testable import MailStore

/// What becomes of an iRedMail server's rows.
@Suite(.enabled(if: !ServerEngine.installed.isEmpty, "needs mariadb-server or postgresql"), .serialized)
struct ImportedServerTests {
    private func read(_ engine: ServerEngine, only: [String] = []) throws -> Reading {
        let rows = IRedMailRows(for: engine, hashes: try IRedMailRows.hashes())
        return try Reading(try IRedMailServer(engine, filledWith: rows), only: only)
    }

    @Test(arguments: ServerEngine.installed)
    func everyHabitIsTakenOrToldOf(_ engine: ServerEngine) throws {
        let server = try IRedMailServer(
            engine, filledWith: IRedMailRows(for: engine, hashes: try IRedMailRows.hashes()))
        let before = try server.checksums()
        let reading = try Reading(server)
        #expect(try server.checksums() == before)
        try reading.check()
        let lines = Set(reading.lines)
        for line in Self.expected + (engine == .mariadb ? Self.expectedOfMariaDB : Self.expectedOfPostgreSQL) {
            #expect(lines.contains(line), "\(line)")
        }
        // Nothing is said of what needs no word: of the crowd, not one row.
        #expect(!lines.contains { $0.contains("user17@d9.example") })
        #expect(lines.count < 90)
        // 40 domains of 50 mailboxes, and the plants.
        #expect(reading.counts["domain"] == 44)
        #expect(reading.counts["alias_domain"] == 11)
        for (file, query, rows) in Self.rows {
            let columns = rows[0].split(separator: "|", omittingEmptySubsequences: false).count
            let found = try reading.rows(file, query, columns)
            #expect(found == rows, "\(query)")
        }
        try check(reading, of: engine)
    }

    /// Of both engines.
    private static let expected = [
        "left-out domain münchen.example it is no domain name, and so is nothing below it",
        "differs domain odd.example no transport! is no transport; it gets dovecot",
        "changed domain Caps.Example it is written caps.example",
        "left-out alias_domain lost-alias.example there is no domain lost.example",
        "differs alias_domain off-alias.example no address answers: its domain off.example is switched off",
        "left-out mailbox ghost@lost.example there is no domain lost.example",
        "left-out mailbox o'brien@d1.example it is no mail address",
        "differs mailbox o'brien@d1.example it no longer gets mail, and nobody can log in",
        "changed mailbox user2@d1.example it is no global admin any more: domain_admins has no row that says so, too",
        "differs mailbox huge@d1.example a quota of 8796093022208 MB is taken as no limit: Dovecot's query failed",
        "differs mailbox astray@d1.example it may send: its column domain was d2.example, and not that of its address",
        "left-out mailbox up@d3.example its directory is no path of a mailbox: it has . or .. or control characters, or is that of all of a domain",
        "left-out mailbox user40@d3.example its directory is that of shared@d3.example, or lies around it or in it",
        "left-out admin user7@d3.example there is a mailbox of this address, and its password is the one that counts",
        "left-out domain_admins user4@d1.example d1.example its mailbox has isadmin 0",
        "left-out domain_admins gone@outside.example d1.example there is no such admin",
        "left-out alias user7@d3.example there is a mailbox of this address; what it has is read from forwardings",
        "changed forwardings both@d3.example shared@d3.example, news@d3.example,else@outside.example it is 3 rows",
        "changed forwardings dot@d3.example Away@Outside.Example. it leads to away@outside.example",
        "changed forwardings orphan@d3.example it is an alias now: there was no account of this address",
        "left-out forwardings left@d3.example left@d3.example there is neither a mailbox nor an alias or list of this address",
        "differs forwardings local@d3.example root it no longer answers",
        "changed forwardings @d4.example the catch-all is written d4.example",
        "differs forwardings @d4.example it answers for addresses of the alias domain alias4.example, too",
        "left-out forwardings paused@d3.example away@outside.example Postfix did not find it",
        "differs forwardings quiet@d3.example loud@outside.example it no longer answers: its account or domain is switched off",
        "differs forwardings old@d3.example user1@d3.example it no longer answers: its account or domain is switched off",
        "changed forwardings alone@d1.example its mailbox gets its mail by a row of its own",
        "differs sender_relayhost user5@d3.example it no longer answers",
        "left-out share_folder user1@d3.example gone@d3.example there is no such mailbox",
        "left-out users User4@d2.example nobody found it: it is not written in small letters",
        "changed users user2@d1.example its spam policy is that of its domain now, and not that of everybody",
        "changed policy Trusting user1@d1.example has one of its own like it",
        "left-out policy Unused no recipient has it, so amavisd does not find it",
        "left-out mailaddr Loud@outside.example nobody found it: it is not written in small letters",
        "left-out throttle gone@d1.example outbound there is no account gone@d1.example",
        "left-out greylisting_whitelists @. 192.0.*.2 it names neither an address nor a domain or a network",
    ]

    /// It sees neither case nor a blank at the end, so these rows are alive.
    private static let expectedOfMariaDB = [
        "changed mailbox Upper@d1.example it is written upper@d1.example",
        "changed mailbox user2@d5.example  it is written user2@d5.example",
        "changed throttle User1@d1.example outbound it is written user1@d1.example",
        "left-out users FF4064 it is no text; these are the digits of its bytes",
    ]

    /// It compares every letter, and nobody asks in capitals: these rows are dead, and stay so.
    private static let expectedOfPostgreSQL = [
        "changed domain Caps.Example it is switched off: Postfix and Dovecot did not find it",
        "changed mailbox Upper@d1.example it is switched off: Postfix and Dovecot did not find it",
        "left-out mailbox User1@d1.example user1@d1.example is there in small letters, too",
        "left-out forwardings USER1@D1.example spy@outside.example Postfix did not find it: user1@d1.example is there in small letters, too",
        "left-out forwardings D6.example spy@outside.example Postfix did not find it",
        "left-out recipient_bcc_domain D7.example Postfix did not find it",
        "left-out throttle @d2.example inbound another row that came before has this name",
        "left-out throttle User1@d1.example outbound nobody found it: it is not written in small letters",
        "left-out users ff4064 it is no text; these are the digits of its bytes",
    ]

    /// What queries give of what was staged, on both engines.
    private static let rows: [(StoreFile, String, [String])] = [
        (
            .vmail,
            "SELECT enablesmtp, enablesmtpsecured, enablesmtptls, enablemanagesievetls, enablesievetls, enableimaptls FROM mailbox WHERE username = 'nosmtp@d1.example'",
            ["1|0|0|0|1|1"]
        ),
        (
            .vmail, "SELECT allow_nets, employeeid FROM mailbox WHERE username = 'user9@d1.example'", ["192.0.2.0/24|"]
        ),
        (
            .vmail, "SELECT quota, storagebasedirectory FROM mailbox WHERE username = 'huge@d1.example'",
            ["0|/var/vmail"]
        ),
        (
            .vmail, "SELECT username, isglobaladmin FROM mailbox WHERE isadmin = 1 ORDER BY username",
            ["user1@d1.example|1", "user2@d1.example|0", "user3@d1.example|0"]
        ),
        (
            .vmail, "SELECT username, domain FROM domain_admins ORDER BY username",
            ["boss@outside.example|d2.example", "user1@d1.example|ALL", "user3@d1.example|d1.example"]
        ),
        (
            .vmail, "SELECT forwarding, is_list, active FROM forwardings WHERE address = 'both@d3.example' ORDER BY 1",
            ["else@outside.example|1|1", "news@d3.example|1|1", "shared@d3.example|1|1"]
        ),
        (
            .vmail, "SELECT address, is_alias, domain, active FROM forwardings WHERE address LIKE 'nick@%' ORDER BY 1",
            ["nick@alias0.example|1|d0.example|1", "nick@off.example|1|d0.example|0"]
        ),
        (.vmail, "SELECT description FROM domain WHERE domain = 'd0.example'", ["Firma d0.example 🏔"]),
        (.vmail, "SELECT max(length(name)), count(DISTINCT name) FROM mailbox", ["255|6"]),
        (
            .vmail, "SELECT address, accesspolicy FROM alias WHERE address = 'team@d0.example'",
            ["team@d0.example|membersonly"]
        ),
        // A list of mlmmj's has one row of `forwardings`, and none of `alias`.
        (
            .vmail,
            "SELECT transport, (SELECT count(*) FROM alias WHERE alias.address = l.address), (SELECT sum(is_maillist) FROM forwardings AS f WHERE f.address = l.address) FROM maillists AS l",
            ["mlmmj:d3.example/news|0|1"]
        ),
        (
            .vmail, "SELECT username, timestamp, delete_date FROM deleted_mailboxes",
            ["late@d3.example|2026-10-01 02:03:04|2027-01-31"]
        ),
        (
            .vmail, "SELECT timestamp, admin, event, ip FROM log",
            ["2026-10-01 02:03:04|boss@outside.example|delete|192.0.2.7"]
        ),
        (.usage, "SELECT from_user, dummy FROM anyone_shares", ["user1@d3.example|"]),
        (
            .amavisd,
            "SELECT email, policy_name, spam_lover, virus_lover FROM users LEFT JOIN policy ON policy.id = policy_id ORDER BY email",
            [
                "@.|@.|Y|NULL", "@d1.example|@d1.example|N|N", "user1@d1.example|user1@d1.example|Y|NULL",
                "user2@d1.example|NULL|NULL|NULL", "user3@d2.example|NULL|NULL|NULL",
            ]
        ),
        (
            .amavisd,
            "SELECT users.email, mailaddr.email, wb FROM wblist JOIN users ON users.id = rid JOIN mailaddr ON mailaddr.id = sid ORDER BY 1",
            ["@.|@spam.example|B", "user3@d2.example|friend@outside.example|W"]
        ),
        (
            .iredapd, "SELECT account, sender, active FROM greylisting ORDER BY account",
            ["@.|@.|1", "@d1.example|@.|0"]
        ),
    ]

    private func check(_ reading: Reading, of engine: ServerEngine) throws {
        let times = try reading.rows(
            .vmail,
            """
            SELECT created, modified, expired FROM domain WHERE domain = 'd5.example'
            UNION ALL SELECT created, 'x', expired FROM mailbox WHERE username = 'user1@d5.example'
            """, 3)
        switch engine {
        case .mariadb:
            #expect(
                times == [
                    "1970-01-01 01:01:01|1970-01-01 01:01:01|9999-12-31 00:00:00",
                    "1970-01-01 01:01:01|x|9999-12-31 00:00:00",
                ])
            #expect(
                try reading.rows(.iredapd, "SELECT account FROM throttle ORDER BY 1", 1) == ["@.", "user1@d1.example"])
        case .postgresql:
            #expect(
                times == [
                    "1970-01-01 01:01:01|9999-12-31 00:00:00|9999-12-31 00:00:00",
                    "2020-02-03 04:05:06|x|1970-01-01 01:01:01",
                ])
            #expect(
                try reading.rows(.iredapd, "SELECT account, period FROM throttle ORDER BY 1", 2) == [
                    "@.|60", "@d2.example|60",
                ])
            let off = try reading.rows(
                .vmail, "SELECT username FROM mailbox WHERE username LIKE 'upper%' AND active = 0", 1)
            #expect(off == ["upper@d1.example"])
        }
    }

    @Test(arguments: ServerEngine.installed)
    func onlyTheNamedDomainsAreTaken(_ engine: ServerEngine) throws {
        let reading = try read(engine, only: ["d3.example"])
        #expect(try reading.rows(.vmail, "SELECT domain FROM domain", 1) == ["d3.example"])
        #expect(try reading.rows(.vmail, "SELECT DISTINCT domain FROM mailbox", 1) == ["d3.example"])
        #expect(try reading.rows(.vmail, "SELECT DISTINCT domain FROM forwardings", 1) == ["d3.example"])
        #expect(reading.counts["admin"] == nil)
        #expect(reading.counts["policy"] == nil)
        #expect(reading.counts["throttle"] == nil)
        #expect(reading.counts["deleted_mailboxes"] == 1)
        let others = reading.lines.filter { $0.contains("d1.example") || $0.contains("@. ") }
        #expect(others == [])
    }

    /// As iRedMail 1.0 had them, and without what lies elsewhere on some servers.
    @Test(arguments: ServerEngine.installed)
    func olderTablesAndMissingDatabasesAreToldOf(_ engine: ServerEngine) throws {
        let server = try IRedMailServer(engine, .first, databases: ["vmail"])
        try server.run(
            "vmail",
            """
            INSERT INTO domain (domain) VALUES ('d.example');
            INSERT INTO mailbox (username, domain, maildir) VALUES ('jo@d.example', 'd.example', 'd.example/jo/')
            """)
        let reading = try Reading(server)
        #expect(
            reading.lines == [
                "changed mailbox jo@d.example its password is none that the API knows: no login there; Dovecot gets it as it is",
                "changed forwardings jo@d.example its mailbox gets its mail by a row of its own",
                "missing maillist_owners  the server has no such table",
                "missing  amavisd the server has no such database",
                "missing  iredapd the server has no such database",
                "missing  iredadmin the server has no such database",
            ])
        #expect(
            try reading.rows(.vmail, "SELECT birthday, mobile, enablesogowebmail, storagenode FROM mailbox", 4)
                == ["0001-01-01||y|vmail1"])
    }

    /// So what was taken over can be exported, and that be taken over.
    @Test(arguments: ServerEngine.installed)
    func whatNoFileMayHaveIsNotTakenEither(_ engine: ServerEngine) throws {
        let server = try IRedMailServer(engine, databases: ["vmail"])
        try server.run(
            "vmail",
            """
            INSERT INTO domain (domain) VALUES ('d.example');
            INSERT INTO mailbox (username, domain, maildir, language)
            VALUES ('jo@d.example', 'd.example', 'd.example/jo/', 'xx_XX');
            INSERT INTO alias (address, domain, accesspolicy) VALUES ('team@d.example', 'd.example', 'nobody')
            """)
        let reading = try Reading(server)
        let lines = Set(reading.lines)
        let expected = [
            "changed mailbox jo@d.example its language was not a language such as en_US, or empty",
            "changed alias team@d.example its accesspolicy was not empty, or one of "
                + AccessPolicy.allCases.map(\.rawValue).joined(separator: ", "),
        ]
        for line in expected { #expect(lines.contains(line), "\(reading.lines)") }
        #expect(try reading.rows(.vmail, "SELECT language FROM mailbox", 1) == [""])
        #expect(try reading.rows(.vmail, "SELECT accesspolicy FROM alias", 1) == [""])
        try reading.check()
    }

    @Test(arguments: ServerEngine.installed)
    func aServerThatCannotBeReadIsOneClearError(_ engine: ServerEngine) throws {
        let server = try IRedMailServer(engine, databases: [])
        #expect { try Reading(server) } throws: { error in
            "\(error)".contains("before it had told everything") && "\(error)".contains("vmail")
        }
        try server.run(engine == .mariadb ? "" : "postgres", "CREATE DATABASE vmail")
        #expect { try Reading(server) } throws: { error in "\(error)".contains("has no table domain, mailbox") }
    }
}
