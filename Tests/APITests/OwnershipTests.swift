import Foundation
import Gateway
import MailStore
import Settings
import Storage
import Testing

/// How a name is proved, and how it gets free again.
struct OwnershipTests {
    private let api: TestAPI
    private let root: TestAPI.Client
    private let dan: TestAPI.Client
    private let day = 86_400

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        for name in ["dan", "eve"] {
            try api.addAdmin("\(name)@office.example", of: ["a.example"], settings: "create_new_domains:yes;")
        }
        try api.addMailbox("u@a.example")
        root = try api.globalAdmin()
        dan = try api.client("dan@office.example")
    }

    /// As the operator's own tool asks.
    private func ask(_ method: Gateway.Method, _ target: String, _ form: String = "") throws -> Answer {
        var request = Request(method, "/postern/domain_claims\(target)", from: "")
        request.isFromOperator = true
        request.peer = 0
        request.body = Array(form.utf8)
        return try api.send(request)
    }

    private func claims() throws -> [[String: Any]] { try ask(.get, "").data as? [[String: Any]] ?? [] }

    private func id(of domain: String) throws -> Int {
        try #require(try claims().first { $0["domain"] as? String == domain }?["id"] as? Int)
    }

    private func code(of domain: String) throws -> String {
        try #require(try claims().first { $0["domain"] as? String == domain }?["code"] as? String)
    }

    private func claimBoth() throws {
        try dan.done(.post, "/api/domain/new.example", "name=New")
        try dan.done(.put, "/api/domain/a.example", "addAliasDomain=alias.example")
    }

    private func rows() throws -> [String] {
        try api.rows("SELECT admin, domain, alias_domain, verified, expire FROM domain_ownership ORDER BY id")
    }

    private func activity(_ name: String) throws -> String? {
        try api.rows(
            """
            SELECT active FROM domain WHERE domain = \(name)
            UNION ALL SELECT active FROM alias_domain WHERE alias_domain = \(name)
            """
        ).first
    }

    // MARK: What is shown

    @Test func itsMakerAndGlobalAdminsSeeWhatToPublish() throws {
        try claimBoth()
        let code = try code(of: "new.example")
        for client in [dan, root] {
            let shown = try #require(
                try client.send(.get, "/api/domain/new.example").member("ownership") as? [String: String])
            #expect(
                shown == [
                    "status": "waiting", "code": code, "expires": "2026-03-02 23:59:59",
                    "publish": "TXT record of new.example with the content \(code)",
                ])
            let answer = try client.send(.get, "/api/domain/a.example")
            #expect(answer.member("ownership") == nil)
            let aliases = try #require(answer.member("ownership_of_alias_domains") as? [[String: String]])
            #expect(aliases.map { $0["domain"] } == ["alias.example"])
            #expect(aliases.first?["code"] == (try self.code(of: "alias.example")))
        }
    }

    @Test func nobodyElseSeesIt() throws {
        try claimBoth()
        let eve = try api.client("eve@office.example")
        try root.done(.put, "/api/domain/admins/new.example", "addAdmin=eve@office.example")
        for target in ["/api/domain/new.example", "/api/domain/a.example", "/api/domains"] {
            let body = try eve.send(.get, target).body
            #expect(!body.contains("ownership") && !body.contains("iredmail-domain-verification"), "\(body)")
        }
        #expect(try !root.send(.get, "/api/domains").body.contains("ownership"))
        #expect(try !root.send(.get, "/api/domain/b.example").body.contains("ownership"))
    }

    @Test func theToolSeesBothKindsThoseAskedLongestAgoFirst() throws {
        try claimBoth()
        #expect(try claims().compactMap { $0["domain"] as? String } == ["new.example", "alias.example"])
        #expect(try claims().compactMap { $0["expires"] as? String } == ["2026-03-02 23:59:59", "2026-03-02 23:59:59"])
        #expect(try ask(.put, "/\(id(of: "new.example"))", "verified=no&message=no such record").body == Answer.done)
        #expect(try claims().compactMap { $0["domain"] as? String } == ["alias.example", "new.example"])
        let shown = try dan.send(.get, "/api/domain/new.example").member("ownership") as? [String: String]
        #expect(shown?["message"] == "no such record")
    }

    @Test func nobodyButTheOperatorSeesThesePaths() throws {
        for (method, path) in [
            (Gateway.Method.get, ""), (.put, "/1"), (.delete, "/expired"),
        ] {
            #expect(try root.send(method, "/postern/domain_claims\(path)", "verified=yes").word == "NOT_FOUND")
        }
    }

    // MARK: Proving

    @Test func whatIsProvedBeginsToCount() throws {
        try claimBoth()
        try api.addForwarding("x@alias.example", to: "u@a.example", flag: .isAlias, domain: "a.example", active: false)
        try api.addForwarding("x@new.example", to: "u@a.example", flag: .isAlias, domain: "a.example", active: false)
        api.clock.move(by: 10 * day)
        for domain in ["new.example", "alias.example"] {
            #expect(try ask(.put, "/\(id(of: domain))", "verified=yes").body == Answer.done)
            #expect(try activity(domain) == "1")
        }
        #expect(try api.rows("SELECT active FROM forwardings WHERE is_alias = 1") == ["1", "1"])
        #expect(try claims().isEmpty)
        let expiry = 1_769_903_999 + 40 * day
        #expect(
            try rows() == [
                "dan@office.example|new.example||1|\(expiry)", "dan@office.example|a.example|alias.example|1|\(expiry)",
            ])
        #expect(
            try api.log().suffix(2) == [
                "update|postern@localhost.localdomain||new.example||[API] Verify ownership of domain: new.example.",
                "update|postern@localhost.localdomain||a.example||[API] Verify ownership of domain: alias.example.",
            ])
        let dan = try api.client("dan@office.example")
        let shown = try dan.send(.get, "/api/domain/new.example").member("ownership") as? [String: String]
        #expect(shown?["status"] == "verified")
        #expect(try dan.send(.get, "/api/domain/a.example").texts("waiting_alias_domains") == [])
        try dan.done(.put, "/api/spampolicy/domain/new.example", "quarantine_spam=yes")
    }

    /// Rows of others obey the usual rule from then on.
    @Test func othersLearnOfItsDisabledMailboxes() throws {
        try claimBoth()
        try api.addForwarding("u@a.example", to: "jo@new.example")
        try dan.done(.post, "/api/user/jo@new.example", "password=Secret-1234")
        try dan.done(.put, "/api/user/jo@new.example", "accountStatus=disabled")
        #expect(
            try api.rows(
                "SELECT active FROM forwardings WHERE address = 'u@a.example' AND forwarding = 'jo@new.example'") == [
                    "1"
                ])
        _ = try ask(.put, "/\(id(of: "new.example"))", "verified=yes")
        #expect(
            try api.rows(
                "SELECT active FROM forwardings WHERE address = 'u@a.example' AND forwarding = 'jo@new.example'") == [
                    "0"
                ])
    }

    @Test func aClaimThatIsGoneCannotBeProved() throws {
        try claimBoth()
        let ids = [try id(of: "new.example"), try id(of: "alias.example")]
        try dan.done(.delete, "/api/domain/new.example")
        try dan.done(.put, "/api/domain/a.example", "removeAliasDomain=alias.example")
        #expect(try claims().isEmpty)
        for id in ids + [99] {
            for form in ["verified=yes", "verified=no"] {
                #expect(try ask(.put, "/\(id)", form).word == "NO_SUCH_ACCOUNT")
            }
        }
        try root.done(.post, "/api/domain/new.example", "name=Root")
        #expect(try ask(.put, "/\(ids[0])", "verified=yes").word == "NO_SUCH_ACCOUNT")
        #expect(try ask(.put, "/\(ids[0])", "message=x").word == "MISSING_PARAMETER")
    }

    @Test func aGlobalAdminsWordIsEnough() throws {
        try claimBoth()
        try root.done(.put, "/api/domain/new.example", "accountStatus=active")
        #expect(try claims().compactMap { $0["domain"] as? String } == ["alias.example"])
    }

    // MARK: Having it back

    @Test(arguments: [(0, "1"), (29, "1"), (31, "0")])
    func whoProvedANameAndRemovedItHasItBackForAWhile(_ days: Int, _ active: String) throws {
        try claimBoth()
        for domain in ["new.example", "alias.example"] { _ = try ask(.put, "/\(id(of: domain))", "verified=yes") }
        api.clock.move(by: 100 * day)
        let dan = try api.client("dan@office.example")
        try dan.done(.delete, "/api/domain/new.example")
        try dan.done(.put, "/api/domain/a.example", "removeAliasDomain=alias.example")
        api.clock.move(by: days * day)
        let again = try api.client("dan@office.example")
        try again.done(.post, "/api/domain/new.example", "name=New")
        try again.done(.put, "/api/domain/a.example", "addAliasDomain=alias.example")
        #expect(try activity("new.example") == active && activity("alias.example") == active)
    }

    @Test func aProofIsNobodyElses() throws {
        try claimBoth()
        _ = try ask(.put, "/\(id(of: "new.example"))", "verified=yes")
        try dan.done(.delete, "/api/domain/new.example")
        let eve = try api.client("eve@office.example")
        try eve.done(.post, "/api/domain/new.example", "name=New")
        #expect(try activity("new.example") == "0")
        // What she only waits for takes nothing from him; what is hers does.
        #expect(try rows().contains { $0.hasPrefix("dan@office.example|new.example||1|") })
        _ = try ask(.put, "/\(id(of: "new.example"))", "verified=yes")
        try eve.done(.delete, "/api/domain/new.example")
        try dan.done(.post, "/api/domain/new.example", "name=New")
        #expect(try activity("new.example") == "0")
    }

    @Test func aProofEndsWhenAGlobalAdminGetsTheName() throws {
        try claimBoth()
        _ = try ask(.put, "/\(id(of: "new.example"))", "verified=yes")
        try dan.done(.delete, "/api/domain/new.example")
        try root.done(.post, "/api/domain/new.example", "name=New")
        try root.done(.delete, "/api/domain/new.example")
        try dan.done(.post, "/api/domain/new.example", "name=New")
        #expect(try activity("new.example") == "0")
    }

    @Test func aDomainThatWasSwitchedOffDoesNotComeBackByBeingMadeAgain() throws {
        try claimBoth()
        _ = try ask(.put, "/\(id(of: "new.example"))", "verified=yes")
        try root.done(.put, "/api/domain/new.example", "accountStatus=disabled")
        try dan.done(.delete, "/api/domain/new.example")
        try dan.done(.post, "/api/domain/new.example", "name=New")
        #expect(try activity("new.example") == "0")
    }

    // MARK: Getting free

    @Test func aGlobalAdminTakesAWaitingNameOver() throws {
        try claimBoth()
        try dan.done(.post, "/api/user/secret@new.example", "password=Secret-1234")
        try root.done(.post, "/api/domain/new.example", "name=Root")
        #expect(try api.rows("SELECT description, active FROM domain WHERE domain = 'new.example'") == ["Root|1"])
        #expect(try api.rows("SELECT username FROM mailbox WHERE domain = 'new.example'") == [])
        #expect(try api.rows("SELECT username FROM domain_admins WHERE domain = 'new.example'") == [])
        try root.done(.post, "/api/domain/alias.example", "name=Root")
        #expect(try api.rows("SELECT alias_domain FROM alias_domain") == [])
        #expect(try rows() == [])
        #expect(try dan.send(.get, "/api/domain/new.example").word == "PERMISSION_DENIED")
    }

    @Test func orGivesItToAnotherDomainAsAnAliasDomain() throws {
        try claimBoth()
        try dan.done(.post, "/api/user/secret@new.example", "password=Secret-1234")
        try root.done(.put, "/api/domain/b.example", "addAliasDomain=new.example,alias.example")
        #expect(
            try api.rows("SELECT alias_domain, target_domain, active FROM alias_domain ORDER BY 1") == [
                "alias.example|b.example|1", "new.example|b.example|1",
            ])
        #expect(try api.rows("SELECT domain FROM domain ORDER BY 1") == ["a.example", "b.example"])
        #expect(try rows() == [])
        // What was taken from one admin is not told to the other.
        try api.addAdmin("bea@office.example", of: ["b.example"])
        #expect(try !api.client("bea@office.example").send(.get, "/api/log").body.contains("secret"))
        #expect(try api.rows("SELECT domain FROM log WHERE msg LIKE '%ownership was not proved%'") == ["new.example"])
    }

    @Test func forEverybodyElseItIsTaken() throws {
        try claimBoth()
        let eve = try api.client("eve@office.example")
        for name in ["new.example", "alias.example"] {
            #expect(try eve.refusal(.post, "/api/domain/\(name)", "name=E") == "ALREADY_EXISTS")
            _ = try eve.send(.put, "/api/domain/a.example", "addAliasDomain=\(name)")
        }
        #expect(try rows().count == 2)
        try root.done(.put, "/api/domain/new.example", "accountStatus=active")
        #expect(try root.refusal(.post, "/api/domain/new.example", "name=R") == "ALREADY_EXISTS")
        try root.done(.put, "/api/domain/new.example", "accountStatus=disabled")
        #expect(try root.refusal(.post, "/api/domain/new.example", "name=R") == "ALREADY_EXISTS")
    }

    @Test func whatIsNotProvedInTimeGoes() throws {
        try claimBoth()
        try dan.done(.post, "/api/user/jo@new.example", "password=Secret-1234")
        api.clock.move(by: 30 * day - 1)
        #expect(try ask(.delete, "/expired").number("removed") == 0)
        api.clock.move(by: 1)
        #expect(try claims().isEmpty)
        #expect(try ask(.delete, "/expired").number("removed") == 2)
        while try !api.rows("SELECT domain FROM long_changes").isEmpty { try api.settle() }
        #expect(try ask(.delete, "/expired").number("removed") == 0)
        #expect(try activity("new.example") == nil && activity("alias.example") == nil)
        #expect(try rows() == [])
        #expect(
            try api.log().suffix(2) == [
                "delete|postern@localhost.localdomain||new.example||[API] Delete domain: new.example. Its ownership was not proved in time.",
                "delete|postern@localhost.localdomain||a.example||[API] Delete alias domain: alias.example. Its ownership was not proved in time.",
            ])
    }

    @Test func whatIsOnStaysWhenAClaimExpires() throws {
        try api.run(
            """
            INSERT INTO domain_ownership (admin, domain, alias_domain, expire)
            VALUES ('dan@office.example', 'a.example', '', 1), ('dan@office.example', 'gone.example', '', 1)
            """)
        #expect(try ask(.delete, "/expired").number("removed") == 2)
        #expect(try activity("a.example") == "1")
        #expect(try rows() == [])
    }

    // MARK: Its admin

    @Test func claimsAndProofsGoOnUnderTheirAdminsNewAddress() throws {
        try api.addMailbox("jo@a.example", isAdmin: true, settings: "create_new_domains:yes;")
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        try api.client("jo@a.example").done(.post, "/api/domain/new.example", "name=New")
        try api.run("INSERT INTO domain_ownership (admin, domain, verified) VALUES ('al@a.example', 'new.example', 1)")
        try root.done(.post, "/api/user/jo@a.example/change_email/al@a.example")
        #expect(try api.rows("SELECT admin, verified FROM domain_ownership") == ["al@a.example|0"])
    }

    @Test(arguments: ["admin/dan@office.example", "user/jo@a.example", "domain/a.example"])
    func aLaterOwnerOfTheAddressHasNothingOfIt(_ target: String) throws {
        try api.addMailbox("jo@a.example", isAdmin: true, settings: "create_new_domains:yes;")
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        let name = target.hasPrefix("admin") ? "dan@office.example" : "jo@a.example"
        let client = try api.client(name)
        for domain in ["proved.example", "waiting.example"] {
            try client.done(.post, "/api/domain/\(domain)", "name=X")
        }
        _ = try ask(.put, "/\(id(of: "proved.example"))", "verified=yes")
        try client.done(.delete, "/api/domain/proved.example")
        try root.done(.delete, "/api/\(target)")
        #expect(try rows().map { $0.replacing(/^#[0-9]+/, with: "#") } == ["#|waiting.example||0|0"])
        #expect(try claims().isEmpty)
        #expect(try ask(.delete, "/expired").number("removed") == 1)
        while try !api.rows("SELECT domain FROM long_changes").isEmpty { try api.settle() }
        #expect(try activity("waiting.example") == nil && rows() == [])
    }
}
