import Gateway
import MailStore
import Storage
import Testing

/// What an export has comes back: into an empty state, and over one that has changed.
struct ExportTests {
    /// A state that random calls have made.
    private func randomState(_ seed: UInt64, steps: Int = 150) throws -> CallRun {
        let run = try CallRun()
        var calls = RandomCalls(seed: seed)
        for _ in 0..<(steps / 25) {
            let found = try run.take(calls.batch(25, among: run.accounts()), atOnce: 1)
            #expect(found.isEmpty)
        }
        return run
    }

    private func expectSame(_ one: String, _ other: String, _ seed: UInt64) {
        guard one != other else { return }
        let lines = Set(one.split(separator: "\n")), others = Set(other.split(separator: "\n"))
        Issue.record(
            "seed \(seed): \(lines.subtracting(others).sorted().prefix(5)) and \(others.subtracting(lines).sorted().prefix(5))"
        )
    }

    @Test(arguments: NewState.seeds([3, 20_260_131, 4712]))
    func anExportComesBackByteByByte(_ seed: UInt64) throws {
        let run = try randomState(seed)
        for (passwords, usage) in [(true, true), (false, false)] {
            let text = try run.api.export(passwords: passwords, usage: usage)
            let other = try TestAPI()
            try other.take(text)
            expectSame(text, try other.export(passwords: passwords, usage: usage), seed)
            #expect(try other.differences(text) == [])
            var copies = KeptCopies()
            let broken = try other.violations(&copies).filter { !$0.hasPrefix("1 self rows") }
            #expect(broken == [], "seed \(seed)")
            #expect(try other.housekeeping() == 0, "seed \(seed)")
        }
    }

    @Test func theSameStateGivesTheSameFile() throws {
        let run = try randomState(11, steps: 50)
        let text = try run.api.export()
        #expect(try run.api.export() == text)
        let lines = text.split(separator: "\n")
        #expect(lines.first?.contains(#""domains":["a.example","b.example""#) == true)
        #expect(lines.last == "{\"end\":{\"rows\":\(lines.count - 2)}}")
    }

    /// What has changed since an export is what the dry run shows; made equal, nothing is left to show.
    @Test(arguments: NewState.seeds([5, 99, 31_415]))
    func driftIsFoundAndUndone(_ seed: UInt64) throws {
        let run = try randomState(seed, steps: 100)
        let api = run.api
        let domains = try api.rows("SELECT domain FROM domain")
        // A domain that waits for its proof is not replaced.
        for domain in domains { try api.globalAdmin().done(.put, "/api/domain/\(domain)", "accountStatus=active") }
        let all = try api.export()
        let before = try api.export(domains)
        var calls = RandomCalls(seed: seed &+ 1)
        for _ in 0..<4 {
            // What goes to another domain is no longer this one's to have back.
            let steps = try calls.batch(12, among: run.accounts()).filter { step in
                guard case .call(let call) = step else { return true }
                return call.method != .post || call.path != "/api/domain/<domain>"
            }
            _ = try run.take(steps, atOnce: 1)
            let isSame = try api.export(api.rows("SELECT domain FROM domain").filter(domains.contains)) == before
            #expect(try api.differences(before).isEmpty == isSame, "seed \(seed)")
        }
        try api.take(all)
        expectSame(before, try api.export(domains), seed)
        #expect(try api.differences(all) == [], "seed \(seed)")
        var copies = KeptCopies()
        #expect(try api.violations(&copies).filter { !$0.hasPrefix("1 self rows") } == [], "seed \(seed)")
    }

    @Test func theDryRunNamesEachRowAndColumn() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        let text = try api.export()
        try api.run("UPDATE mailbox SET quota = 7, password = 'other' WHERE username = 'jo@a.example'")
        try api.run("DELETE FROM forwardings WHERE address = 'team@a.example'")
        try api.run("INSERT INTO sender_bcc_domain (domain, bcc_address) VALUES ('a.example', 'x@away.example')")
        #expect(
            try api.differences(text) == [
                "~ mailbox jo@a.example password differs", "~ mailbox jo@a.example quota: 7 → 0",
                "+ forwardings team@a.example jo@a.example", "- sender_bcc_domain a.example",
            ])
    }

    @Test func accountsThatTheFileLacksAreDeletedAsTheAPIDoesIt() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example")
        let text = try api.export(["a.example"])
        let admin = try api.globalAdmin()
        try admin.done(.post, "/api/user/al@a.example", "password=Secret-1234&name=Al")
        try admin.done(.post, "/api/alias/team@a.example", "members=al@a.example,jo@a.example")
        try admin.done(.post, "/api/user/mo@b.example", "password=Secret-1234&forwarding=al@a.example")
        try admin.done(.put, "/api/domain/b.example", "catchall=al@a.example")
        try admin.done(.put, "/api/domain/a.example", "aliasDomains=alias.example,other.example")
        try admin.done(.put, "/api/spampolicy/user/al@a.example", "spam_score=4")
        #expect(throws: Never.self) { try api.take(text, replaces: true) }
        #expect(try api.rows("SELECT username FROM mailbox ORDER BY 1") == ["jo@a.example", "mo@b.example"])
        #expect(try api.rows("SELECT username FROM deleted_mailboxes") == ["al@a.example"])
        #expect(try api.rows("SELECT address FROM forwardings WHERE forwarding = 'al@a.example'") == [])
        #expect(try api.rows("SELECT forwarding FROM forwardings WHERE address = 'mo@b.example'") == ["mo@b.example"])
        #expect(try api.rows("SELECT alias_domain FROM alias_domain") == ["alias.example"])
        #expect(try api.rows("SELECT policy_name FROM policy WHERE policy_name <> '@.'", in: .amavisd) == [])
        #expect(try api.export(["a.example"]) == text)
        #expect(try api.housekeeping() == 0)
    }

    @Test func withoutPasswordsAccountsKeepTheirsAndNewOnesHaveNone() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("mo@a.example")
        let text = try api.export(["a.example"], passwords: false)
        #expect(!text.contains("password\":\""))
        let admin = try api.globalAdmin()
        try admin.done(.put, "/api/user/jo@a.example", "name=Other")
        let kept = try api.rows("SELECT password FROM mailbox WHERE username = 'jo@a.example'")
        try admin.done(.delete, "/api/user/mo@a.example")
        let findings = try api.take(text)
        #expect(findings.withoutPassword == 1)
        #expect(try api.rows("SELECT password FROM mailbox WHERE username = 'jo@a.example'") == kept)
        #expect(
            try api.rows("SELECT password FROM mailbox WHERE username = 'mo@a.example'") == [StatePlan.noPassword])
        let answer = try api.nobody.send(.post, "/api/login", "username=mo@a.example&password=!")
        #expect(!answer.isSuccess)
    }

    @Test func mailThatWasKeptIsTakenBack() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        let admin = try api.globalAdmin()
        try admin.done(.post, "/api/user/jo@a.example", "password=Secret-1234")
        let text = try api.export(["a.example"])
        try admin.done(.delete, "/api/user/jo@a.example?keep_mailbox_days=3")
        #expect(try api.rows("SELECT username FROM deleted_mailboxes") == ["jo@a.example"])
        try api.take(text)
        #expect(try api.rows("SELECT username FROM deleted_mailboxes") == [])
        #expect(try api.export(["a.example"]) == text)
    }

    @Test func rightsOfNobodyAreLeftOutAndRightsOfUsersElsewhereMakeThemAdmins() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAdmin("dan@office.example", of: ["a.example"])
        try api.addMailbox("mo@b.example", isAdmin: true)
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('mo@b.example', 'a.example')")
        let text = try api.export(["a.example"])
        let other = try TestAPI()
        try other.addDomain("b.example")
        try other.addMailbox("mo@b.example")
        let findings = try other.take(text, replaces: false)
        #expect(findings.leftOut == ["the rights of dan@office.example, who is an admin neither in the file nor here"])
        #expect(
            try other.rows("SELECT username FROM domain_admins WHERE domain = 'a.example'") == ["mo@b.example"])
        #expect(try other.rows("SELECT isadmin FROM mailbox WHERE username = 'mo@b.example'") == ["1"])
    }

    /// What an admin has elsewhere comes and goes without the domain of the admin.
    @Test func rightsOverDomainsThatAreNotInTheFileAreNotItsOwn() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        let admin = try api.globalAdmin()
        let before = try api.export(["a.example"])
        try admin.done(.put, "/api/domain/admins/b.example", "addAdmin=jo@a.example")
        #expect(try api.rows("SELECT isadmin FROM mailbox") == ["1"])
        let after = try api.export(["a.example"])
        #expect(!after.contains(#""isadmin":1"#))
        #expect(try api.export().contains(#""isadmin":1"#))
        #expect(try api.differences(after) == [])
        // When the row was changed last is a part of it.
        #expect(try api.differences(before).allSatisfy { $0.contains(" modified: ") })

        // Neither taken nor given by the file, whenever it was written.
        try api.take(before)
        #expect(try api.rows("SELECT isadmin FROM mailbox") == ["1"])
        #expect(try api.rows("SELECT username FROM domain_admins WHERE domain = 'b.example'") == ["jo@a.example"])
        let other = try TestAPI()
        try other.take(after)
        #expect(try other.rows("SELECT isadmin FROM mailbox") == ["0"])
        #expect(try other.export(["a.example"]) == after)

        try admin.done(.put, "/api/domain/admins/b.example", "removeAdmin=jo@a.example")
        #expect(try api.rows("SELECT isadmin FROM mailbox") == ["0"])
        #expect(try api.differences(after).allSatisfy { $0.contains(" modified: ") })
    }

    /// Rights over domains of the file are, beside others.
    @Test func rightsOverDomainsOfTheFileMakeAnAdmin() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        try api.addMailbox("al@a.example", isAdmin: true)
        let admin = try api.globalAdmin()
        for domain in ["a.example", "b.example"] {
            try admin.done(.put, "/api/domain/admins/\(domain)", "addAdmin=jo@a.example")
        }
        let text = try api.export(["a.example"])
        let other = try TestAPI()
        try other.take(text)
        // One without any domain is as one can be.
        #expect(
            try other.rows("SELECT username FROM mailbox WHERE isadmin = 1 ORDER BY username") == [
                "al@a.example", "jo@a.example",
            ])
        #expect(try other.export(["a.example"]) == text)
        try admin.done(.put, "/api/domain/admins/a.example", "removeAdmin=jo@a.example")
        #expect(try api.differences(text) == ["+ domain_admins jo@a.example a.example"])
        try api.take(text)
        try admin.done(.put, "/api/domain/admins/b.example", "removeAdmin=jo@a.example")
        #expect(try api.export(["a.example"]) == text)
    }

    @Test func anAliasDomainMovesBetweenDomainsOfTheFile() throws {
        let domains = ["a.example", "b.example"]
        func state(aliasOf domain: String) throws -> TestAPI {
            let api = try TestAPI()
            for domain in domains {
                try api.addDomain(domain)
                try api.addMailbox("jo@\(domain)")
            }
            try api.addAliasDomain("alias.example", of: domain)
            try api.addForwarding("al@alias.example", to: "jo@\(domain)", flag: .isAlias, domain: domain)
            try api.run("INSERT INTO throttle (account, period) VALUES ('@alias.example', 60)", on: .iredapd)
            return api
        }
        for (from, to) in [("a.example", "b.example"), ("b.example", "a.example")] {
            let text = try state(aliasOf: to).export(domains)
            let api = try state(aliasOf: from)
            try api.take(text)
            #expect(try api.export(domains) == text)
            #expect(try api.differences(text) == [])
            #expect(try api.housekeeping() == 0)
        }
        // Somebody else's address goes with none.
        let text = try state(aliasOf: "b.example").export(domains)
        let api = try state(aliasOf: "a.example")
        try api.addDomain("c.example")
        try api.addMailbox("mo@c.example")
        try api.addForwarding("mo@alias.example", to: "mo@c.example", flag: .isAlias, domain: "c.example")
        let failure = #expect(throws: ExportFailure.self) { try api.take(text) }
        #expect(failure?.description == "mo@alias.example is a per-user alias of a user of c.example here")
        // Without leave to replace, or with only one of the two domains, it stays.
        #expect(throws: ExportFailure.self) { try state(aliasOf: "a.example").take(text, replaces: false) }
        let one = try state(aliasOf: "b.example").export(["b.example"])
        #expect(throws: ExportFailure.self) { try state(aliasOf: "a.example").take(one) }
    }

    @Test func mailboxesSwapTheirDirectories() throws {
        let domains = ["a.example", "b.example"]
        let api = try TestAPI()
        for domain in domains { try api.addDomain(domain) }
        for address in ["jo@a.example", "al@a.example", "mo@b.example"] { try api.addMailbox(address) }
        let before = try api.export(domains)
        try api.run("UPDATE mailbox SET maildir = 'x' WHERE username = 'jo@a.example'")
        try api.run("UPDATE mailbox SET maildir = 'a.example/jo/' WHERE username = 'al@a.example'")
        try api.run("UPDATE mailbox SET maildir = 'a.example/al/' WHERE username = 'mo@b.example'")
        try api.run("UPDATE mailbox SET maildir = 'b.example/mo/' WHERE username = 'jo@a.example'")
        let after = try api.export(domains)
        for text in [before, after] {
            try api.take(text)
            #expect(try api.export(domains) == text)
        }
    }

    /// The mailbox is deleted first, and takes along what names it, also in the domain before.
    @Test func anAccountThatBecomesAnotherKindKeepsWhatLeadsToIt() throws {
        func state(_ make: (TestAPI) throws -> Void) throws -> TestAPI {
            let api = try TestAPI()
            for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
            try api.addMailbox("jo@a.example")
            try make(api)
            try api.run(
                """
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                VALUES ('jo@a.example', 'w@b.example', 'a.example', 'b.example', 1)
                """)
            try api.run("INSERT INTO sender_bcc_domain (domain, bcc_address) VALUES ('a.example', 'w@b.example')")
            return api
        }
        let text = try state { try $0.addAlias("w@b.example", members: ["x@away.example"]) }
            .export(["a.example", "b.example"])
        let api = try state { try $0.addMailbox("w@b.example") }
        let findings = try api.take(text)
        #expect(findings.lost == [])
        #expect(try api.export(["a.example", "b.example"]) == text)
    }

    @Test func whatOtherDomainsLoseIsTold() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        let text = try api.export(["b.example"])
        try api.addMailbox("w@b.example", isAdmin: true)
        try api.addAlias("team@a.example", members: ["w@b.example"])
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('w@b.example', 'a.example')")
        #expect(
            try api.take(text).lost.sorted() == [
                "forwardings of a.example that name w@b.example", "the right of w@b.example over a.example",
            ])
    }

    @Test func whatIsLeftUnderANameIsNotInherited() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        let text = try api.export(["a.example"])
        let other = try TestAPI()
        try other.addDomain("c.example")
        try other.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'c.example')")
        try other.run(
            "INSERT INTO domain_ownership (admin, domain, verified) VALUES ('jo@a.example', 'd.example', 1)")
        try other.take(text)
        #expect(try other.rows("SELECT username FROM domain_admins WHERE domain <> 'ALL'") == [])
        #expect(try other.rows("SELECT admin FROM domain_ownership") == [])
        #expect(try other.export(["a.example"]) == text)
    }

    /// A session that was opened with the password before is over.
    @Test func aChangedPasswordEndsSessions() throws {
        let api = try TestAPI()
        let text = try api.export()
        let admin = try api.globalAdmin()
        try api.run("UPDATE admin SET password = '{SSHA512}x'")
        try api.take(text)
        #expect(try admin.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }
}
