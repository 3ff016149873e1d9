import Gateway
import MailStore
import Storage
import Testing

/// `DELETE /api/user/<mail>`: `Contract.md` 7.4, 12.5.
struct DeleteMailboxTests {
    private let api: TestAPI

    /// `jo@a.example` is deleted; `j_o@a.example` and `jo@b.example` have the same rows and stay.
    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAlias("team@a.example")
        try api.addList("list@a.example")
        for user in ["jo@a.example", "j_o@a.example", "jo@b.example"] { try fill(user) }
    }

    private func fill(_ user: String) throws {
        let domain = user.hasSuffix("a.example") ? "a.example" : "b.example"
        try api.addMailbox(user, isAdmin: true)
        try api.addForwarding(user, to: "x@c.example")
        try api.addForwarding("extra-\(user)", to: user, flag: .isAlias)
        try api.addForwarding("team@a.example", to: user, flag: .isList)
        try api.addForwarding("list@a.example", to: user, flag: .isList)
        try api.addForwarding(domain, to: user, flag: .none)
        try api.run("INSERT INTO domain_admins (username, domain) VALUES (\(user), 'b.example')")
        for side in ["sender", "recipient"] {
            let key = "x-\(user)"
            try api.run(
                SQL(
                    trusted:
                        """
                        INSERT INTO \(side)_bcc_user (username, bcc_address, domain)
                        VALUES (?, 'x@c.example', ?), (?, ?, ?)
                        """,
                    [.text(user), .text(domain), .text(key), .text(user), .text(domain)]))
            try api.run(
                SQL(
                    trusted: "INSERT INTO \(side)_bcc_domain (domain, bcc_address) VALUES (?, ?)",
                    [.text("d-\(user)"), .text(user)]))
        }
        try api.run(
            """
            INSERT INTO moderators (address, moderator, domain, dest_domain)
            VALUES ('list@a.example', \(user), 'a.example', \(domain))
            """
        )
        try api.run(
            """
            INSERT INTO maillist_owners (address, owner, domain, dest_domain)
            VALUES ('list@a.example', \(user), 'a.example', \(domain))
            """
        )
        try api.run("INSERT INTO sender_relayhost (account, relayhost) VALUES (\(user), 'r')")
        try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES (\(user), 123, 4)", on: .usage)
        try api.run("INSERT INTO last_login (username, domain, imap) VALUES (\(user), \(domain), 1)", on: .usage)
        try api.run(
            "INSERT INTO share_folder (from_user, to_user) VALUES (\(user), 'x@c.example'), ('x@c.example', \(user))",
            on: .usage)
        try api.run("INSERT INTO anyone_shares (from_user) VALUES (\(user))", on: .usage)
        try api.run("INSERT INTO policy (policy_name) VALUES (\(user))", on: .amavisd)
        try api.run(
            "INSERT INTO users (email, policy_id) SELECT \(user), id FROM policy WHERE policy_name = \(user)",
            on: .amavisd)
        try api.run(
            "INSERT INTO wblist (rid, sid, wb) SELECT id, 7, 'B' FROM users WHERE email = \(user)", on: .amavisd)
        try api.run(
            "INSERT INTO outbound_wblist (sid, rid, wb) SELECT id, 7, 'B' FROM users WHERE email = \(user)",
            on: .amavisd)
        try api.run("INSERT INTO throttle (account, period) VALUES (\(user), 60)", on: .iredapd)
        try api.run(
            "INSERT INTO throttle_tracking (tid, account) SELECT id, account FROM throttle WHERE account = \(user)",
            on: .iredapd)
        try api.run("INSERT INTO greylisting (account, sender) VALUES (\(user), '@.')", on: .iredapd)
        try api.run("INSERT INTO greylisting_whitelists (account, sender) VALUES (\(user), '192.0.2.1')", on: .iredapd)
    }

    private func delete(_ target: String = "/api/user/jo@a.example") throws {
        try api.globalAdmin().done(.delete, target)
    }

    private func rows(naming user: String) throws -> [String] {
        try api.contents().filter { line in
            line.split(separator: " ", maxSplits: 1)[1].split(separator: "|").contains { $0 == user }
                && !line.hasPrefix("deleted_mailboxes:")
        }
    }

    @Test func nothingNamesTheUserAnyMore() throws {
        #expect(try rows(naming: "jo@a.example").count > 20)
        try delete()
        #expect(try rows(naming: "jo@a.example") == [])
    }

    @Test(arguments: ["j_o@a.example", "jo@b.example"])
    func theRowsOfOthersStay(_ user: String) throws {
        let before = try rows(naming: user)
        try delete()
        #expect(try rows(naming: user) == before)
    }

    @Test func listsOfThePolicyTablesGoWithTheirOwner() throws {
        try delete()
        #expect(try api.rows("SELECT COUNT(*) FROM wblist", in: .amavisd) == ["2"])
        #expect(try api.rows("SELECT COUNT(*) FROM outbound_wblist", in: .amavisd) == ["2"])
        #expect(try api.rows("SELECT COUNT(*) FROM throttle_tracking", in: .iredapd) == ["2"])
    }

    @Test func anAliasThatLosesItsLastMemberStays() throws {
        try delete()
        #expect(try api.rows("SELECT address FROM alias ORDER BY 1") == ["list@a.example", "team@a.example"])
    }

    @Test func whoForwardedOnlyToTheUserHasHisOwnMailboxAgain() throws {
        try api.addMailbox("al@a.example")
        try api.addMailbox("off@b.example", active: false)
        let admin = try api.globalAdmin()
        for (user, list) in [
            ("al@a.example", "jo@a.example"), ("off@b.example", "jo@a.example"),
            ("jo@b.example", "jo@a.example,x@c.example"),
        ] {
            try admin.done(.put, "/api/user/\(user)", "forwarding=\(list)")
        }
        try delete()
        #expect(
            try api.rows(
                """
                SELECT address, forwarding, dest_domain, active FROM forwardings
                 WHERE is_forwarding = 1 AND address IN ('al@a.example', 'off@b.example', 'jo@b.example')
                 ORDER BY address
                """) == [
                    "al@a.example|al@a.example|a.example|1", "jo@b.example|x@c.example|c.example|1",
                    "off@b.example|off@b.example|b.example|0",
                ])
    }

    @Test func recordsWhereTheMailboxLayAndWhatItHeld() throws {
        try delete()
        #expect(
            try api.rows(
                "SELECT timestamp, username, domain, maildir, bytes, messages, admin, delete_date FROM deleted_mailboxes"
            ) == [
                "2026-01-31 23:59:59|jo@a.example|a.example|/var/vmail/vmail1/a.example/jo/|123|4|postmaster@admin.example|NULL"
            ])
    }

    @Test(arguments: [("0", "NULL"), ("1", "2026-02-01"), ("365", "2027-01-31"), ("1000", "2028-10-27")])
    func keepsTheMailboxForTheDaysAsked(_ days: String, _ date: String) throws {
        try delete("/api/user/jo@a.example/keep_mailbox_days/\(days)")
        #expect(try api.rows("SELECT delete_date FROM deleted_mailboxes") == [date])
    }

    @Test func aNormalAdminKeepsItNoLongerThanTheSettingAllows() throws {
        try api.addAdmin("dan@office.example", of: ["a.example", "b.example"])
        try api.client("dan@office.example").done(.delete, "/api/user/jo@a.example/keep_mailbox_days/1000")
        #expect(try api.rows("SELECT delete_date, admin FROM deleted_mailboxes") == ["2027-01-31|dan@office.example"])
    }

    @Test func aDateBeyondTheYear9999IsRefused() throws {
        let target = "/api/user/jo@a.example/keep_mailbox_days/9223372036854775807"
        #expect(try api.globalAdmin().refusal(.delete, target) == "INVALID_PARAMETER")
    }

    @Test func isLogged() throws {
        try delete()
        let line = try #require(try api.log().last)
        #expect(line.hasPrefix("delete|postmaster@admin.example|127.0.0.1|a.example|jo@a.example|[API] "))
    }

    @Test func anAdminMayDeleteHimself() throws {
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        let jo = try api.client("jo@a.example")
        try jo.done(.delete, "/api/user/jo@a.example")
        #expect(try jo.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }
}
