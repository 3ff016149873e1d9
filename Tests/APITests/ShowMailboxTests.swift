import Gateway
import MailStore
import Settings
import Storage
import Testing

/// `GET /api/user/<mail>`: `Contract.md` 2.3 and 7.1, `Security.md` B15.
struct ShowMailboxTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", quota: 10)
        admin = try api.globalAdmin()
    }

    private func profile() throws -> Answer { try admin.send(.get, "/api/user/jo@a.example") }

    @Test func everyColumnIsShownButThePassword() throws {
        let profile = try #require(try profile().data as? [String: Any])
        let columns = try api.connection().columns()["mailbox"].map { $0.map(\.name).filter { $0 != "password" } } ?? []
        #expect(columns.count == 58)
        #expect(columns.filter { profile[$0] == nil } == [])
        #expect(profile["password"] == nil)
        let extras = [
            "stored_bytes", "stored_messages", "forwardings", "aliases", "services", "sender_bcc", "recipient_bcc",
            "relayhost",
            "managed_domains", "member_of_aliases", "member_of_maillists",
        ]
        #expect(Set(profile.keys) == Set(columns + extras))
    }

    @Test func columnsKeepTheirKinds() throws {
        try api.run("UPDATE mailbox SET name = 'Jo', employeeid = '007', active = 1")
        let body = try profile().body
        for member in [
            #""username": "jo@a.example""#, #""name": "Jo""#, #""employeeid": "007""#, #""quota": 10"#, #""active": 1"#,
            #""isadmin": 0"#,
            #""enableimap": 1"#, #""enablequota-status": 1"#, #""enablesogowebmail": "y""#, #""allow_nets": null"#,
            #""settings": {}"#,
            #""birthday": "0001-01-01""#, #""rank": "normal""#, #""modified": "1970-01-01 01:01:01""#,
            #""expired": "9999-12-31 00:00:00""#,
        ] {
            #expect(body.contains(member), "\(member)")
        }
    }

    @Test func whatIsNotSetIsEmpty() throws {
        let body = try profile().body
        #expect(
            body.contains(
                #""sender_bcc": "", "recipient_bcc": "", "relayhost": "", "stored_bytes": 0, "stored_messages": 0, "forwardings": ["jo@a.example"], "aliases": [], "services": ["#
            ))
        #expect(
            body.hasSuffix(
                #""managed_domains": [], "member_of_aliases": [], "member_of_maillists": []}}"#
            ))
    }

    @Test func whatBelongsToItIsListedInOrder() throws {
        for alias in ["z@a.example", "c@a.example"] { try api.addForwarding(alias, to: "jo@a.example", flag: .isAlias) }
        for destination in ["z@b.example", "c@b.example"] { try api.addForwarding("jo@a.example", to: destination) }
        for name in ["ztwo", "one"] { try api.addAlias("\(name)@a.example", members: ["jo@a.example"]) }
        for name in ["zlist", "list"] {
            try api.addList("\(name)@a.example", members: ["jo@a.example", "x@b.example"])
        }
        try api.addForwarding("a.example", to: "jo@a.example", flag: .none)
        try api.run(
            "INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'z.example'), ('jo@a.example', 'ALL'), ('jo@a.example', 'a.example')"
        )
        let answer = try profile()
        #expect(answer.texts("aliases") == ["c@a.example", "z@a.example"])
        #expect(answer.texts("forwardings") == ["c@b.example", "jo@a.example", "z@b.example"])
        #expect(answer.texts("member_of_aliases") == ["one@a.example", "ztwo@a.example"])
        #expect(answer.texts("member_of_maillists") == ["list@a.example", "zlist@a.example"])
        #expect(answer.texts("managed_domains") == ["a.example", "z.example"])
    }

    @Test func copiesAndTheRelayAreShown() throws {
        try api.run("INSERT INTO sender_bcc_user (username, bcc_address) VALUES ('jo@a.example', 'out@b.example')")
        try api.run("INSERT INTO recipient_bcc_user (username, bcc_address) VALUES ('jo@a.example', 'in@b.example')")
        try api.run(
            "INSERT INTO sender_relayhost (account, relayhost) VALUES ('jo@a.example', '[192.0.2.1]:25'), ('@a.example', 'x')"
        )
        let answer = try profile()
        #expect(answer.text("sender_bcc") == "out@b.example")
        #expect(answer.text("recipient_bcc") == "in@b.example")
        #expect(answer.text("relayhost") == "[192.0.2.1]:25")
    }

    @Test func whatIsStoredIsCounted() throws {
        try api.run(
            "INSERT INTO used_quota (username, bytes, messages) VALUES ('jo@a.example', 5000000000, 3), ('al@a.example', 7, 1)",
            on: .usage)
        #expect(try profile().number("stored_bytes") == 5_000_000_000)
        #expect(try profile().number("stored_messages") == 3)
    }

    @Test func servicesAreThoseThatAreOn() throws {
        try api.run("UPDATE mailbox SET enableimap = 0, enablesogowebmail = 'n', \"enablelib-storage\" = 0")
        let services = try #require(try profile().texts("services"))
        #expect(!services.contains("imap") && !services.contains("sogowebmail") && !services.contains("lib-storage"))
        #expect(services.contains("imaptls") && services.contains("sogocalendar"))
        #expect(services == services.sorted())
    }

    @Test func settingsAreAnObject() throws {
        try api.run(
            "UPDATE mailbox SET settings = 'create_new_domains:yes;create_max_domains:3;create_max_quota:5;create_quota_unit:GB;timezone:UTC;'"
        )
        let settings = try #require(try profile().member("settings") as? [String: Any])
        #expect(settings["create_new_domains"] as? String == "yes")
        #expect(settings["create_max_domains"] as? Int == 3)
        #expect(settings["create_max_quota"] as? Int == 5)
        #expect(settings["create_quota_unit"] as? String == "GB")
        #expect(settings["timezone"] as? String == "UTC")
    }

    @Test func aSettingHidesMore() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(
                Settings.hiddenUserProfiles, ["password", "employeeid", "maildir"]))
        let profile = try #require(try profile().data as? [String: Any])
        #expect(profile["employeeid"] == nil && profile["maildir"] == nil && profile["name"] != nil)
    }

    @Test func noHashIsShownWhateverTheSettingSays() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.hiddenUserProfiles, []))
        #expect(try !profile().body.contains("SSHA512"))
    }

    @Test(arguments: ["no@a.example", "team@a.example", "extra@a.example", "jo@nowhere.example", "jo+x@a.example"])
    func whatIsNoMailboxIsUnknown(_ address: String) throws {
        try api.addAlias("team@a.example")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        #expect(try admin.send(.get, "/api/user/\(address)").word == "NO_SUCH_ACCOUNT")
    }
}
