import Gateway
import MailStore
import Storage
import Testing

/// Which rows go with a domain, and which stay: `Contract.md` 5.5, 12.5, `Security.md` B16.
struct DeleteDomainRowsTests {
    private let api: TestAPI

    /// `a_b.example` is deleted; `axb.example` differs from it where `_` would be a wildcard.
    init() throws {
        api = try TestAPI()
        for domain in ["a_b.example", "axb.example"] {
            try api.addDomain(domain)
            try api.addMailbox("jo@\(domain)")
            try api.addAlias("team@\(domain)", members: ["jo@\(domain)"])
            try api.addList("list@\(domain)", members: ["jo@\(domain)"])
            try api.addForwarding(domain, to: "jo@\(domain)", flag: .none)
            try api.addForwarding("extra@\(domain)", to: "jo@\(domain)", flag: .isAlias)
            try api.addAliasDomain("alias.\(domain)", of: domain)
            try fill(domain)
        }
    }

    /// One row of everything else that may name a domain or an account of it.
    private func fill(_ domain: String) throws {
        let user = "jo@\(domain)"
        let list = "list@\(domain)"
        let key = "@\(domain)"
        try api.run("INSERT INTO sender_bcc_domain (domain, bcc_address) VALUES (\(domain), 'x@b.example')")
        try api.run("INSERT INTO recipient_bcc_domain (domain, bcc_address) VALUES (\(domain), 'x@b.example')")
        try api.run(
            "INSERT INTO sender_bcc_user (username, bcc_address, domain) VALUES (\(user), 'x@b.example', \(domain))")
        try api.run(
            "INSERT INTO recipient_bcc_user (username, bcc_address, domain) VALUES (\(user), 'x@b.example', \(domain))")
        try api.run("INSERT INTO sender_relayhost (account, relayhost) VALUES (\(user), 'r'), (\(key), 'r')")
        try api.run(
            "INSERT INTO moderators (address, moderator, domain, dest_domain) VALUES (\(list), \(user), \(domain), \(domain))"
        )
        try api.run(
            "INSERT INTO maillist_owners (address, owner, domain, dest_domain) VALUES (\(list), \(user), \(domain), \(domain))"
        )
        try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES (\(user), 1, 1)", on: .usage)
        try api.run("INSERT INTO last_login (username, domain, imap) VALUES (\(user), \(domain), 1)", on: .usage)
        try api.run(
            "INSERT INTO share_folder (from_user, to_user) VALUES (\(user), 'x@b.example'), ('x@b.example', \(user))",
            on: .usage)
        try api.run("INSERT INTO anyone_shares (from_user) VALUES (\(user))", on: .usage)
        for account in [user, key, "@.\(domain)", "gone@\(domain)"] {
            try api.run("INSERT INTO policy (policy_name) VALUES (\(account))", on: .amavisd)
            try api.run(
                "INSERT INTO users (email, policy_id) SELECT \(account), id FROM policy WHERE policy_name = \(account)",
                on: .amavisd)
            try api.run(
                "INSERT INTO wblist (rid, sid, wb) SELECT id, 7, 'B' FROM users WHERE email = \(account)", on: .amavisd)
            try api.run(
                "INSERT INTO outbound_wblist (sid, rid, wb) SELECT id, 7, 'B' FROM users WHERE email = \(account)",
                on: .amavisd)
            try api.run("INSERT INTO throttle (account, period) VALUES (\(account), 60)", on: .iredapd)
            try api.run(
                "INSERT INTO throttle_tracking (tid, account) SELECT id, account FROM throttle WHERE account = \(account)",
                on: .iredapd)
            try api.run("INSERT INTO greylisting (account, sender) VALUES (\(account), '@.')", on: .iredapd)
            try api.run(
                "INSERT INTO greylisting_whitelists (account, sender) VALUES (\(account), '192.0.2.1')", on: .iredapd)
        }
    }

    private func delete() throws { try api.globalAdmin().done(.delete, "/api/domain/a_b.example") }

    @Test func nothingNamesTheDomainOrItsAccountsAnyMore() throws {
        try delete()
        let left = try api.contents().filter { $0.contains("a_b.example") && !$0.hasPrefix("deleted_mailboxes:") }
        #expect(left == [])
    }

    @Test func theRowsOfAnotherDomainStay() throws {
        let before = try api.contents().filter { $0.contains("axb.example") }
        try delete()
        #expect(try api.contents().filter { $0.contains("axb.example") } == before)
    }

    @Test func listsOfThePolicyTablesGoWithTheirOwner() throws {
        try delete()
        #expect(
            try api.rows("SELECT COUNT(*) FROM wblist WHERE rid NOT IN (SELECT id FROM users)", in: .amavisd) == ["0"])
        #expect(
            try api.rows("SELECT COUNT(*) FROM outbound_wblist WHERE sid NOT IN (SELECT id FROM users)", in: .amavisd)
                == ["0"])
        #expect(
            try api.rows(
                "SELECT COUNT(*) FROM throttle_tracking WHERE tid NOT IN (SELECT id FROM throttle)", in: .iredapd) == [
                    "0"
                ])
        #expect(try api.rows("SELECT COUNT(*) FROM wblist", in: .amavisd) == ["4"])
    }

    @Test func theGlobalPoliciesStay() throws {
        try delete()
        #expect(try api.rows("SELECT email FROM users WHERE email = '@.'", in: .amavisd) == ["@."])
        #expect(try api.rows("SELECT account FROM greylisting WHERE account = '@.'", in: .iredapd) == ["@."])
    }

    @Test func whatOtherDomainsPointAtItStays() throws {
        try api.addForwarding("jo@axb.example", to: "jo@a_b.example")
        try api.addForwarding("team@axb.example", to: "jo@a_b.example", flag: .isList)
        try api.run("UPDATE sender_bcc_domain SET bcc_address = 'jo@a_b.example' WHERE domain = 'axb.example'")
        try delete()
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE forwarding = 'jo@a_b.example' ORDER BY 1") == [
                "jo@axb.example", "team@axb.example",
            ])
        #expect(try api.rows("SELECT bcc_address FROM sender_bcc_domain") == ["jo@a_b.example"])
    }

    @Test func whatPointedAtADisabledMailboxIsActiveAgain() throws {
        try api.addMailbox("off@a_b.example", active: false)
        try api.addForwarding("jo@axb.example", to: "off@a_b.example", active: false)
        try delete()
        #expect(try api.rows("SELECT active FROM forwardings WHERE forwarding = 'off@a_b.example'") == ["1"])
    }

    @Test func perUserAliasesOfOthersUnderItGo() throws {
        try api.addForwarding("extra2@a_b.example", to: "jo@axb.example", flag: .isAlias, domain: "axb.example")
        try api.addForwarding("extra@alias.a_b.example", to: "jo@axb.example", flag: .isAlias, domain: "axb.example")
        try api.addForwarding("extra@alias.axb.example", to: "jo@axb.example", flag: .isAlias, domain: "axb.example")
        try delete()
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE is_alias = 1 ORDER BY 1") == [
                "extra@alias.axb.example", "extra@axb.example",
            ])
    }

    @Test func itsAdminsLoseItAndWhatItsAccountsManaged() throws {
        try api.addAdmin("dan@office.example", of: ["a_b.example", "axb.example"])
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a_b.example', 'axb.example')")
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@axb.example', 'a_b.example')")
        try delete()
        #expect(
            try api.rows("SELECT username, domain FROM domain_admins WHERE domain <> 'ALL'") == [
                "dan@office.example|axb.example"
            ])
    }

    @Test func aMailUserWhoManagesNothingAnyMoreIsNoAdmin() throws {
        try api.addDomain("c.example")
        for (name, isGlobal, domains) in [
            ("one@c.example", false, ["a_b.example"]), ("two@c.example", false, ["a_b.example", "c.example"]),
            ("all@c.example", true, ["a_b.example"]),
        ] {
            try api.addMailbox(name, isAdmin: true, isGlobalAdmin: isGlobal)
            for domain in domains {
                try api.run("INSERT INTO domain_admins (username, domain) VALUES (\(name), \(domain))")
            }
        }
        try delete()
        #expect(
            try api.rows("SELECT username, isadmin, isglobaladmin FROM mailbox WHERE domain = 'c.example' ORDER BY 1")
                == ["all@c.example|1|1", "one@c.example|0|0", "two@c.example|1|0"])
    }

    @Test func proofsOfOwnershipStay() throws {
        try api.run("INSERT INTO domain_ownership (admin, domain) VALUES ('dan@office.example', 'a_b.example')")
        try delete()
        #expect(try api.rows("SELECT domain FROM domain_ownership") == ["a_b.example"])
    }

    @Test func aSubdomainIsAnotherDomain() throws {
        try api.addDomain("sub.a_b.example")
        try api.addMailbox("jo@sub.a_b.example")
        try api.run("INSERT INTO sender_relayhost (account, relayhost) VALUES ('@sub.a_b.example', 'r')")
        try api.run("INSERT INTO throttle (account, period) VALUES ('@sub.a_b.example', 60)", on: .iredapd)
        try delete()
        #expect(try api.rows("SELECT username FROM mailbox WHERE domain = 'sub.a_b.example'") == ["jo@sub.a_b.example"])
        #expect(try api.rows("SELECT COUNT(*) FROM sender_relayhost WHERE account = '@sub.a_b.example'") == ["1"])
        #expect(try api.rows("SELECT COUNT(*) FROM throttle WHERE account = '@sub.a_b.example'", in: .iredapd) == ["1"])
    }
}
