import Gateway
import MailStore
import Settings
import Storage
import Testing

/// `DELETE /api/domain/<domain>`: who may, and how long the mailboxes are kept: `Contract.md` 5.5.
struct DeleteDomainTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    private func kept() throws -> [String] {
        try api.rows("SELECT username, delete_date FROM deleted_mailboxes ORDER BY username")
    }

    @Test(arguments: [
        ("", "NULL"), ("/keep_mailbox_days/0", "NULL"), ("/keep_mailbox_days/000", "NULL"),
        ("/keep_mailbox_days/1", "2026-02-01"),
        ("/keep_mailbox_days/30", "2026-03-02"), ("/keep_mailbox_days/400/", "2027-03-07"),
        ("/keep_mailbox_days/007", "2026-02-07"),
    ])
    func keepsTheMailboxesForTheDaysAsked(_ days: String, _ date: String) throws {
        try admin.done(.delete, "/api/domain/a.example\(days)")
        #expect(try kept() == ["jo@a.example|\(date)"])
        #expect(try api.rows("SELECT domain FROM domain") == [])
    }

    @Test(arguments: ["3000000", "9223372036854775807", "9223372036854775808", "99999999999999999999999"])
    func aDateBeyondTheYear9999IsRefused(_ days: String) throws {
        #expect(try admin.refusal(.delete, "/api/domain/a.example/keep_mailbox_days/\(days)") == "INVALID_PARAMETER")
    }

    @Test func recordsWhereTheMailboxLayAndWhatItHeld() throws {
        try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES ('jo@a.example', 123, 4)", on: .usage)
        try admin.done(.delete, "/api/domain/a.example")
        #expect(
            try api.rows("SELECT timestamp, username, domain, maildir, bytes, messages, admin FROM deleted_mailboxes")
                == [
                    "2026-01-31 23:59:59|jo@a.example|a.example|/var/vmail/vmail1/a.example/jo/|123|4|postmaster@admin.example"
                ])
    }

    private func dan(_ settings: String = "create_new_domains:yes;") throws -> TestAPI.Client {
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: settings)
        return try api.client("dan@office.example")
    }

    @Test(arguments: [
        ("", "NULL"), ("/keep_mailbox_days/30", "2026-03-02"), ("/keep_mailbox_days/365", "2027-01-31"),
        ("/keep_mailbox_days/366", "2027-01-31"),
        ("/keep_mailbox_days/99999999999999999999", "2027-01-31"), ("/keep_mailbox_days/0", "NULL"),
    ])
    func aNormalAdminKeepsThemNoLongerThanTheSettingAllows(_ days: String, _ date: String) throws {
        try dan().done(.delete, "/api/domain/a.example\(days)")
        #expect(try kept() == ["jo@a.example|\(date)"])
    }

    @Test func theLongestTimeIsTheLargestOfTheSetting() throws {
        let dan = try dan()
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.daysToKeepRemovedMailbox, [7, 3, 5]))
        try dan.done(.delete, "/api/domain/a.example/keep_mailbox_days/100")
        #expect(try kept() == ["jo@a.example|2026-02-07"])
    }

    @Test func whoMayNotCreateDomainsMayNotDeleteThem() throws {
        #expect(try dan("").refusal(.delete, "/api/domain/a.example") == "PERMISSION_DENIED")
    }

    @Test(arguments: ["b.example", "nowhere.example", "alias.example"])
    func aForeignDomainIsRefusedLikeOneThatDoesNotExist(_ name: String) throws {
        try api.addDomain("b.example")
        try api.addAliasDomain("alias.example", of: "b.example")
        #expect(try dan().refusal(.delete, "/api/domain/\(name)") == "PERMISSION_DENIED")
    }

    @Test(arguments: ["nowhere.example", "alias.example"])
    func whatIsNoPrimaryDomainIsNotHosted(_ name: String) throws {
        try api.addAliasDomain("alias.example", of: "a.example")
        #expect(try admin.refusal(.delete, "/api/domain/\(name)") == "INVALID_DOMAIN_NAME")
    }

    @Test func aNormalAdminMayNotDeleteTheDomainOfAGlobalAdmin() throws {
        try api.addMailbox("root@a.example", isGlobalAdmin: true)
        let dan = try dan()
        for target in ["/api/domain/a.example", "/api/domain/a.example/keep_mailbox_days/30"] {
            #expect(try dan.refusal(.delete, target) == "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE")
        }
    }

    @Test func aGlobalAdminMay() throws {
        try api.addMailbox("root@a.example", isGlobalAdmin: true)
        try admin.done(.delete, "/api/domain/a.example")
    }

    @Test func theLastGlobalAdminsMailboxKeepsItsDomain() throws {
        try api.addMailbox("root@a.example", isGlobalAdmin: true)
        let root = try api.client("root@a.example")
        try api.run("UPDATE admin SET active = 0")
        #expect(try root.refusal(.delete, "/api/domain/a.example") == "PERMISSION_DENIED")
    }

    /// His rights are no part of a domain in which he only has an address.
    @Test func aStandaloneGlobalAdminKeepsHisRightsWithoutADomainOfTheSameName() throws {
        try admin.done(.post, "/api/domain/admin.example", "name=A")
        try admin.done(.delete, "/api/domain/admin.example")
        try admin.done(.post, "/api/domain/b.example", "name=B")
    }

    @Test func isLogged() throws {
        try admin.done(.delete, "/api/domain/a.example")
        let line = try #require(try api.log().last)
        #expect(line.hasPrefix("delete|postmaster@admin.example|127.0.0.1|a.example||[API] "))
    }

    @Test func theNameIsFreeAgainAndEmpty() throws {
        try admin.done(.delete, "/api/domain/a.example")
        try admin.done(.post, "/api/domain/a.example", "name=A")
        #expect(try admin.send(.get, "/api/domain/a.example").number("num_existing_users") == 0)
        try admin.done(.post, "/api/user/jo@a.example", "password=Secret-1234")
    }
}
