import Gateway
import MailStore
import Settings
import Storage
import Testing

/// What else goes with a user to a new address: rights, session, policies, per-user aliases: `Contract.md` 7.5.
struct RenameRightsTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
    }

    private func rename(to new: String, by client: TestAPI.Client? = nil) throws {
        let client = try client ?? api.globalAdmin()
        try client.done(.post, "/api/user/jo@a.example/change_email/\(new)")
    }

    @Test func aDomainAdminGoesOnUnderHisNewName() throws {
        let root = try api.globalAdmin()
        for domain in ["a.example", "b.example"] {
            try root.done(.put, "/api/domain/admins/\(domain)", "addAdmin=jo@a.example")
        }
        let jo = try api.client("jo@a.example")
        try rename(to: "new@b.example", by: jo)
        try #expect(jo.send(.get, "/api/user/new@b.example").isSuccess)
        #expect(try jo.send(.get, "/api/domain/a.example").texts("admins") == ["new@b.example"])
        #expect(throws: NoAnswer.self) { try api.client("jo@a.example") }
    }

    @Test func aGlobalAdminStaysOne() throws {
        let root = try api.globalAdmin()
        try root.done(.put, "/api/user/jo@a.example", "isGlobalAdmin=yes")
        try rename(to: "new@b.example")
        #expect(
            try api.rows("SELECT username FROM domain_admins WHERE domain = 'ALL' ORDER BY 1") == [
                "new@b.example", TestAPI.admin,
            ])
        #expect(try api.rows("SELECT isadmin, isglobaladmin FROM mailbox") == ["1|1"])
    }

    @Test func policiesFollow() throws {
        try api.run("INSERT INTO greylisting (account, sender, active) VALUES ('jo@a.example', '@.', 0)", on: .iredapd)
        try api.run(
            "INSERT INTO greylisting_whitelists (account, sender) VALUES ('jo@a.example', 'x@c.example')", on: .iredapd)
        try api.run(
            "INSERT INTO throttle (account, kind, period) VALUES ('jo@a.example', 'inbound', 60), ('al@a.example', 'inbound', 60)",
            on: .iredapd)
        try rename(to: "new@b.example")
        #expect(
            try api.rows("SELECT account FROM greylisting WHERE account LIKE '%example'", in: .iredapd) == [
                "new@b.example"
            ])
        #expect(try api.rows("SELECT account FROM greylisting_whitelists", in: .iredapd) == ["new@b.example"])
        #expect(
            try api.rows("SELECT account FROM throttle ORDER BY 1", in: .iredapd) == ["al@a.example", "new@b.example"])
    }

    @Test func perUserAliasesStayWhereTheyMayBeAnywhere() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.userAliasesCrossDomains, true))
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try rename(to: "jo@b.example")
        #expect(
            try api.rows("SELECT address, forwarding, domain, dest_domain FROM forwardings WHERE is_alias = 1") == [
                "extra@a.example|jo@b.example|b.example|b.example"
            ])
    }

    @Test func isLoggedOnceUnderTheNewName() throws {
        let before = try api.log().count
        let root = try api.globalAdmin()
        try rename(to: "new@b.example", by: root)
        let lines = try api.log().dropFirst(before).filter { !$0.hasPrefix("login") }
        #expect(lines.count == 1)
        #expect(
            lines.allSatisfy {
                $0.hasPrefix("update|postmaster@admin.example|127.0.0.1|b.example|new@b.example|[API] ")
            })
    }

    @Test func theOldAddressIsFreeAgain() throws {
        try rename(to: "new@a.example")
        let root = try api.globalAdmin()
        #expect(try root.refusal(.get, "/api/user/jo@a.example") == "NO_SUCH_ACCOUNT")
        try root.done(.post, "/api/alias/jo@a.example", "members=new@a.example")
    }
}
