import Foundation
import IRedMail
import Mail
import Support
import Testing

@testable import MailStore

/// Servers with something that nobody expects there: none of it is obeyed, and none of it is taken silently.
@Suite(.enabled(if: !ServerEngine.installed.isEmpty, "needs mariadb-server or postgresql"), .serialized)
struct HostileServerTests {
    /// With a domain and nothing else.
    private func server(_ engine: ServerEngine) throws -> IRedMailServer {
        let server = try IRedMailServer(engine, databases: ["vmail"])
        try server.run("vmail", "INSERT INTO domain (domain) VALUES ('d.example')")
        return server
    }

    private func mailbox(_ address: String, _ maildir: String, _ further: (String, String)...) -> String {
        let columns = [("username", "'\(address)'"), ("domain", "'d.example'"), ("maildir", "'\(maildir)'")] + further
        return
            "INSERT INTO mailbox (\(columns.map(\.0).joined(separator: ", "))) VALUES (\(columns.map(\.1).joined(separator: ", ")))"
    }

    @Test(arguments: ServerEngine.installed)
    func namesOfColumnsRunNothing(_ engine: ServerEngine) throws {
        let server = try server(engine)
        try server.run("vmail", mailbox("jo@d.example", "d.example/jo/"))
        let directory = try TemporaryDirectory()
        let (quote, path) = (engine == .mariadb ? "`" : "\"", "\(directory.path)/f")
        let name = "x\(quote)\n\\! touch \(path)\ny"
        let statement = engine.bytes(
            "ALTER TABLE mailbox ADD COLUMN \(quote)\(name.replacing(quote, with: quote + quote))\(quote) INT".utf8)
        // The client that makes the column does not see its name.
        try server.run(
            "vmail",
            engine == .mariadb
                ? "EXECUTE IMMEDIATE CONVERT(\(statement) USING utf8mb4)"
                : "DO $do$ BEGIN EXECUTE convert_from(\(statement), 'UTF8'); END $do$")
        let reading = try Reading(server)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(
            reading.lines.contains("left-out mailbox x\(quote)?\\! touch \(path)?y there is no such column here"),
            "\(reading.lines)")
        #expect(try reading.rows(.vmail, "SELECT username FROM mailbox", 1) == ["jo@d.example"])
    }

    @Test(arguments: ServerEngine.installed)
    func withSingleDomainsNobodyGetsRightsBeyondThem(_ engine: ServerEngine) throws {
        let server = try server(engine)
        try server.run(
            "vmail",
            """
            \(mailbox(
                "pm@d.example", "d.example/pm/", ("isadmin", "1"), ("isglobaladmin", "1"),
                ("settings", "'create_new_domains:yes;create_max_users:5;'")));
            INSERT INTO domain_admins (username, domain) VALUES ('pm@d.example', 'ALL');
            INSERT INTO domain_admins (username, domain) VALUES ('pm@d.example', 'd.example');
            INSERT INTO admin (username, password) VALUES ('boss@d.example', '');
            INSERT INTO domain_admins (username, domain) VALUES ('boss@d.example', 'ALL')
            """)
        let single = try Reading(server, only: ["d.example"])
        try single.check()
        #expect(
            try single.rows(.vmail, "SELECT isadmin, isglobaladmin, settings FROM mailbox", 3)
                == ["1|0|create_max_users:5;"])
        #expect(
            try single.rows(.vmail, "SELECT username, domain FROM domain_admins", 2) == ["pm@d.example|d.example"])
        let reason = "with single domains nobody gets rights beyond them"
        for line in [
            "changed mailbox pm@d.example it is no global admin here: \(reason)",
            "changed mailbox pm@d.example it may not create domains here: \(reason)",
            "left-out domain_admins pm@d.example ALL \(reason)", "left-out domain_admins boss@d.example ALL \(reason)",
        ] {
            #expect(single.lines.contains(line), "\(line)")
        }
        let all = try Reading(server)
        #expect(
            try all.rows(.vmail, "SELECT isglobaladmin, settings FROM mailbox", 2)
                == ["1|create_new_domains:yes;create_max_users:5;"])
        #expect(
            try all.rows(.vmail, "SELECT username FROM domain_admins WHERE domain = 'ALL' ORDER BY 1", 1).count == 2)
    }

    /// Dovecot asks for directories in small letters, and the file system sees no second slash.
    @Test(arguments: ServerEngine.installed)
    func oneDirectoryIsOneHoweverItIsWritten(_ engine: ServerEngine) throws {
        let server = try server(engine)
        let rows = [
            ("a1@d.example", "d.example/X/"), ("a2@d.example", "d.example/x/"), ("b1@d.example", "d.example/pm/"),
            ("b2@d.example", "d.example//pm"), ("c1@d.example", "d.example/out"),
            ("c2@d.example", "D.example//Out//in/"), ("fine@d.example", "d.example/fine/"),
        ]
        let storage = [
            ("d1", "mailboxfolder", "../jo"), ("d2", "mailboxformat", "mbox"), ("d3", "mailboxformat", "Maildir"),
        ]
        for (address, path) in rows { try server.run("vmail", mailbox(address, path)) }
        for (name, column, value) in storage {
            try server.run("vmail", mailbox("\(name)@d.example", "d.example/\(name)/", (column, "'\(value)'")))
        }
        let reading = try Reading(server)
        try reading.check()
        #expect(
            try reading.rows(.vmail, "SELECT username, mailboxformat, mailboxfolder FROM mailbox ORDER BY 1", 3) == [
                "a1@d.example|maildir|Maildir", "b1@d.example|maildir|Maildir", "c2@d.example|maildir|Maildir",
                "d3@d.example|maildir|Maildir", "fine@d.example|maildir|Maildir",
            ])
        for (address, other) in [("a2", "a1"), ("b2", "b1"), ("c1", "c2")] {
            let reason = "its directory is that of \(other)@d.example, or lies around it or in it"
            #expect(reading.lines.contains("left-out mailbox \(address)@d.example \(reason)"), "\(address)")
        }
        let gone = reading.findings.filter { $0.kind == .differs && $0.table == "mailbox" }.map { $0.name.prefix(2) }
        #expect(gone.sorted() == ["a2", "b2", "c1", "d1", "d2"])
    }

    /// What an operator has in `~/.my.cnf` for his own use does not cut or change what is read.
    @Test(.enabled(if: ServerEngine.installed.contains(.mariadb)))
    func aFileOfOptionsChangesNothing() throws {
        let server = try IRedMailServer(
            .mariadb, filledWith: IRedMailRows(for: .mariadb, hashes: try IRedMailRows.hashes()))
        let directory = try TemporaryDirectory()
        let plain = try Reading(server)
        let words = [
            "safe-updates", "raw", "table", "html", "xml", "vertical", "column-names", "column-type-info",
            "show-warnings", "auto-vertical-output", "named-commands", "delimiter=//", "select-limit=7",
        ]
        for words in [["safe-updates"], ["raw"], words] {
            let file = try directory.write("my.cnf", (["[mysql]"] + words).joined(separator: "\n") + "\n")
            let source = try SourceServer(
                mysql: "--defaults-extra-file=\(file) \(server.option.value)", environment: IRedMailServer.environment)
            let reading = try Reading(.server(source))
            #expect(reading.counts == plain.counts, "\(words)")
            #expect(reading.lines == plain.lines, "\(words)")
        }
        #expect(plain.counts["mailbox"] ?? 0 > 1000)
    }

    @Test(arguments: ServerEngine.installed)
    func rowsThatAreNoTextAreLeftOut(_ engine: ServerEngine) throws {
        let server = try IRedMailServer(engine, databases: [])
        try server.create("vmail", encoding: engine == .postgresql ? "SQL_ASCII" : nil)
        let bad = engine == .mariadb ? "CONCAT('d.example/', CHAR(0), 'jo/')" : "E'd.example/\\xffjo/'"
        try server.run(
            "vmail",
            """
            INSERT INTO domain (domain) VALUES ('d.example');
            INSERT INTO domain (domain) VALUES ('e.example');
            \(mailbox("fine@d.example", "d.example/fine/"));
            \(mailbox("path@d.example", "d.example/path/"));
            \(mailbox("hash@d.example", "d.example/hash/", ("password", bad)));
            \(mailbox("name@d.example", "d.example/name/", ("name", bad), ("active", "0")));
            UPDATE mailbox SET maildir = \(bad) WHERE username = 'path@d.example'
            """)
        let reading = try Reading(server, only: ["d.example"])
        #expect(try reading.rows(.vmail, "SELECT username FROM mailbox", 1) == ["fine@d.example"])
        for (name, column) in [("path", "maildir"), ("hash", "password"), ("name", "name")] {
            #expect(
                reading.lines.contains(
                    "left-out mailbox \(name)@d.example its column \(column) has a NUL, or bytes that are no UTF-8"))
            let line = "differs mailbox \(name)@d.example it no longer gets mail, and nobody can log in"
            #expect(reading.lines.contains(line) == (name != "name"), "\(name)")
        }
        #expect(try !Reading(server, only: ["e.example"]).lines.contains { $0.contains("d.example") })
    }

    @Test func deletedMailboxesThatAreDueAreToldOf() throws {
        let server = try server(ServerEngine.installed[0])
        for (name, date) in [("due", "'2026-11-30'"), ("later", "'2026-12-01'"), ("never", "NULL")] {
            try server.run(
                "vmail",
                "INSERT INTO deleted_mailboxes (username, domain, maildir, admin, delete_date) VALUES ('\(name)@d.example', 'd.example', '/var/vmail/\(name)', '', \(date))"
            )
        }
        let now = try #require(Moment(timestamp: "2026-11-30 00:00:00"))
        let lines = try Reading(server, now: now).lines.filter { $0.contains("deleted_mailboxes") }
        #expect(
            lines == [
                "differs deleted_mailboxes due@d.example it is due since 2026-11-30: postern-purge removes /var/vmail/due the next time it runs"
            ])
    }
}
