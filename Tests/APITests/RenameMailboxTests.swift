import Gateway
import MailStore
import Storage
import Testing

/// `POST /api/user/<mail>/change_email/<new_mail>`, table by table: `Contract.md` 7.5.
struct RenameMailboxTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        for address in ["jo@a.example", "al@a.example"] { try api.addMailbox(address, quota: 5) }
        admin = try api.globalAdmin()
    }

    private func rename(to new: String) throws {
        try admin.done(.post, "/api/user/jo@a.example/change_email/\(new)")
    }

    @Test(arguments: [("new@a.example", "a.example"), ("New@B.example", "b.example")])
    func theMailboxKeepsItsMessages(_ new: String, _ domain: String) throws {
        let columns = SQL(
            trusted:
                "SELECT password, storagebasedirectory, storagenode, maildir, quota FROM mailbox WHERE username <> 'al@a.example'"
        )
        let before = try api.rows(columns)
        try rename(to: new)
        #expect(try api.rows(columns) == before)
        #expect(
            try api.rows("SELECT username, domain, modified FROM mailbox WHERE username <> 'al@a.example'") == [
                "\(new.lowercased())|\(domain)|2026-01-31 23:59:59"
            ])
    }

    @Test func forwardingsFollow() throws {
        try api.addForwarding("jo@a.example", to: "x@c.example")
        try api.addForwarding("al@a.example", to: "jo@a.example")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addForwarding("a.example", to: "jo@a.example", flag: .none)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try rename(to: "new@a.example")
        #expect(
            try api.rows(
                "SELECT address, forwarding, domain, dest_domain, is_forwarding, is_alias, is_list FROM forwardings ORDER BY 1, 2"
            ) == [
                "a.example|new@a.example|a.example|a.example|0|0|0",
                "al@a.example|al@a.example|a.example|a.example|1|0|0",
                "al@a.example|new@a.example|a.example|a.example|1|0|0",
                "extra@a.example|new@a.example|a.example|a.example|0|1|0",
                "new@a.example|new@a.example|a.example|a.example|1|0|0",
                "new@a.example|x@c.example|a.example|c.example|1|0|0",
                "team@a.example|new@a.example|a.example|a.example|0|0|1",
            ])
    }

    @Test func anotherDomainIsWrittenBesideTheAddress() throws {
        try api.addForwarding("jo@a.example", to: "x@c.example")
        try api.addForwarding("al@a.example", to: "jo@a.example")
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try rename(to: "jo@b.example")
        #expect(
            try api.rows("SELECT address, forwarding, domain, dest_domain FROM forwardings ORDER BY 1, 2") == [
                "al@a.example|al@a.example|a.example|a.example", "al@a.example|jo@b.example|a.example|b.example",
                "jo@b.example|jo@b.example|b.example|b.example", "jo@b.example|x@c.example|b.example|c.example",
                "team@a.example|jo@b.example|a.example|b.example",
            ])
    }

    /// What another program has left under the new name is nobody's, and does not become the mailbox's.
    @Test func rowsLeftOverUnderTheNewNameGo() throws {
        try api.run("INSERT INTO sender_relayhost (account, relayhost) VALUES ('new@a.example', '[old.example]')")
        try api.run("INSERT INTO sender_relayhost (account, relayhost) VALUES ('jo@a.example', '[own.example]')")
        for table in ["sender_bcc_user", "recipient_bcc_user"] {
            try api.run(
                SQL(
                    trusted: """
                        INSERT INTO \(table) (username, bcc_address, domain)
                        VALUES ('new@a.example', 'spy@c.example', 'a.example')
                        """))
        }
        try rename(to: "new@a.example")
        #expect(try api.rows("SELECT account, relayhost FROM sender_relayhost") == ["new@a.example|[own.example]"])
        #expect(try api.rows("SELECT * FROM sender_bcc_user") == [])
        #expect(try api.rows("SELECT * FROM recipient_bcc_user") == [])
    }

    /// A policy of the mailbox that no row of `users` names, and lists left under the new name.
    @Test func aPolicyAloneDoesNotComeToListsThatWereLeft() throws {
        for statement: SQL in [
            "INSERT INTO policy (id, policy_name) VALUES (71, 'jo@a.example'), (72, 'new@a.example')",
            "INSERT INTO users (id, email, policy_id) VALUES (81, 'new@a.example', 72)",
            "INSERT INTO mailaddr (id, email) VALUES (91, 'friend@c.example')",
            "INSERT INTO wblist (rid, sid, wb) VALUES (81, 91, 'B')",
        ] { try api.run(statement, on: .amavisd) }
        try rename(to: "new@a.example")
        #expect(
            try api.rows("SELECT id, policy_name FROM policy WHERE id IN (71, 72)", in: .amavisd) == [
                "71|new@a.example"
            ])
        #expect(try api.rows("SELECT email FROM users WHERE email LIKE '%@a.example'", in: .amavisd) == [])
        #expect(try api.rows("SELECT * FROM wblist", in: .amavisd) == [])
    }

    @Test func perUserAliasesOfTheOldDomainGoWithIt() throws {
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addForwarding("extra@alias.example", to: "jo@a.example", flag: .isAlias, domain: "a.example")
        try rename(to: "jo@b.example")
        #expect(try api.rows("SELECT address FROM forwardings WHERE is_alias = 1") == [])
    }

    @Test(arguments: ["al@a.example", "team@a.example"])
    func aRowThatIsThereAlreadyStaysOnce(_ owner: String) throws {
        if owner == "team@a.example" { try api.addAlias(owner) }
        for destination in ["jo@a.example", "jo@b.example"] {
            try api.addForwarding(owner, to: destination, flag: owner == "al@a.example" ? .isForwarding : .isList)
        }
        try rename(to: "jo@b.example")
        #expect(
            try api.rows("SELECT forwarding FROM forwardings WHERE address = \(owner) AND forwarding <> address") == [
                "jo@b.example"
            ])
    }

    @Test func theSelfRowStaysWhenTheNewAddressWasADestination() throws {
        try api.addForwarding("jo@a.example", to: "jo@b.example")
        try rename(to: "jo@b.example")
        #expect(
            try api.rows(
                "SELECT forwarding, dest_domain, is_forwarding, active FROM forwardings WHERE address = 'jo@b.example'")
                == [
                    "jo@b.example|b.example|1|1"
                ])
    }

    @Test func companionRowsFollow() throws {
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        for table in ["sender_bcc_user", "recipient_bcc_user"] {
            try api.run(
                SQL(
                    trusted:
                        "INSERT INTO \(table) (username, bcc_address, domain) VALUES ('jo@a.example', 'x@c.example', 'a.example'), ('al@a.example', 'jo@a.example', 'a.example')"
                ))
        }
        for table in ["sender_bcc_domain", "recipient_bcc_domain"] {
            try api.run(SQL(trusted: "INSERT INTO \(table) (domain, bcc_address) VALUES ('a.example', 'jo@a.example')"))
        }
        try api.run("INSERT INTO sender_relayhost (account, relayhost) VALUES ('jo@a.example', 'mx.c.example')")
        try api.run(
            "INSERT INTO moderators (address, moderator, domain, dest_domain) VALUES ('team@a.example', 'jo@a.example', 'a.example', 'a.example')"
        )
        try api.run(
            "INSERT INTO maillist_owners (address, owner, domain, dest_domain) VALUES ('list@a.example', 'jo@a.example', 'a.example', 'a.example')"
        )
        try rename(to: "new@b.example")
        #expect(
            try api.rows("SELECT username, domain FROM domain_admins WHERE domain <> 'ALL'") == [
                "new@b.example|a.example"
            ])
        for table in ["sender_bcc_user", "recipient_bcc_user"] {
            #expect(
                try api.rows(SQL(trusted: "SELECT username, bcc_address, domain FROM \(table) ORDER BY 1")) == [
                    "al@a.example|new@b.example|a.example", "new@b.example|x@c.example|b.example",
                ])
        }
        for table in ["sender_bcc_domain", "recipient_bcc_domain"] {
            #expect(
                try api.rows(SQL(trusted: "SELECT domain, bcc_address FROM \(table)")) == ["a.example|new@b.example"])
        }
        #expect(try api.rows("SELECT account, relayhost FROM sender_relayhost") == ["new@b.example|mx.c.example"])
        #expect(
            try api.rows("SELECT address, moderator, domain, dest_domain FROM moderators") == [
                "team@a.example|new@b.example|a.example|b.example"
            ])
        #expect(
            try api.rows("SELECT address, owner, domain, dest_domain FROM maillist_owners") == [
                "list@a.example|new@b.example|a.example|b.example"
            ])
    }

    @Test func usageAndSharesFollow() throws {
        try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES ('jo@a.example', 7, 1)", on: .usage)
        try api.run(
            "INSERT INTO last_login (username, domain, imap) VALUES ('jo@a.example', 'a.example', 9)", on: .usage)
        try api.run(
            "INSERT INTO share_folder (from_user, to_user) VALUES ('jo@a.example', 'al@a.example'), ('al@a.example', 'jo@a.example')",
            on: .usage)
        try api.run("INSERT INTO anyone_shares (from_user) VALUES ('jo@a.example')", on: .usage)
        try rename(to: "new@b.example")
        #expect(
            try api.rows("SELECT username, bytes, messages, domain FROM used_quota", in: .usage) == [
                "new@b.example|7|1|b.example"
            ])
        #expect(
            try api.rows("SELECT username, domain, imap FROM last_login", in: .usage) == ["new@b.example|b.example|9"])
        #expect(
            try api.rows("SELECT from_user, to_user FROM share_folder ORDER BY 1", in: .usage) == [
                "al@a.example|new@b.example", "new@b.example|al@a.example",
            ])
        #expect(try api.rows("SELECT from_user FROM anyone_shares", in: .usage) == ["new@b.example"])
    }
}
