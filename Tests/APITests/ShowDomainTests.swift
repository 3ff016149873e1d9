import Gateway
import MailStore
import Storage
import Testing

/// `GET /api/domain/<domain>`: `Contract.md` 2.3 and 5.2.
struct ShowDomainTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        admin = try api.globalAdmin()
    }

    private func profile() throws -> Answer { try admin.send(.get, "/api/domain/a.example") }

    @Test func anEmptyDomainIsShownWholeInTheOrderOfItsColumns() throws {
        #expect(
            try profile().body == """
                {"_success": true, "_data": {"domain": "a.example", "description": "", "disclaimer": "", "aliases": 0, \
                "mailboxes": 0, "maillists": 0, "maxquota": 0, "quota": 0, "transport": "dovecot", "settings": {}, \
                "backupmx": 0, "created": "1970-01-01 01:01:01", "modified": "1970-01-01 01:01:01", \
                "expired": "9999-12-31 00:00:00", "active": 1, "num_existing_users": 0, "num_existing_aliases": 0, \
                "num_existing_maillists": 0, "quota_count": 0, "stored_bytes": 0, "stored_messages": 0, "alias_domains": [], "waiting_alias_domains": [], \
                "catchall": [], "sender_bcc": "", "recipient_bcc": "", "outbound_relay": "", "primarymx": "", "admins": []}}
                """)
    }

    @Test func settingsAreAnObjectOfNumbersListsAndTexts() throws {
        try api.run(
            """
            UPDATE domain SET settings = 'default_user_quota:10;max_user_quota:20;min_passwd_length:9;max_passwd_length:30;'
                || 'default_language:de_DE;timezone:Europe/Berlin;enabled_services:self-service;'
                || 'disabled_mail_services:imap,pop3;disabled_domain_profiles:bcc,relay;disabled_user_profiles:aliases;'
                || 'disabled_user_preferences:forwarding;default_groups:g@a.example;later:a:b;broken;empty:;'
            """)
        let settings = try #require(try profile().member("settings") as? [String: Any])
        for (key, number) in [
            "default_user_quota": 10, "max_user_quota": 20, "min_passwd_length": 9, "max_passwd_length": 30,
        ] {
            #expect(settings[key] as? Int == number)
        }
        #expect(settings["default_language"] as? String == "de_DE")
        #expect(settings["timezone"] as? String == "Europe/Berlin")
        #expect(settings["enabled_services"] as? [String] == ["self-service"])
        #expect(settings["disabled_mail_services"] as? [String] == ["imap", "pop3"])
        #expect(settings["disabled_domain_profiles"] as? [String] == ["bcc", "relay"])
        #expect(settings["disabled_user_profiles"] as? [String] == ["aliases"])
        #expect(settings["disabled_user_preferences"] as? [String] == ["forwarding"])
        #expect(settings["default_groups"] as? [String] == ["g@a.example"])
        #expect(settings["later"] as? String == "a:b")
        #expect(settings["broken"] == nil)
        #expect(settings["empty"] == nil)
    }

    @Test func whatExistsIsCounted() throws {
        try api.addDomain("b.example")
        try api.addMailbox("jo@a.example", quota: 10)
        try api.addMailbox("al@a.example", quota: 5, active: false)
        try api.addMailbox("jo@b.example", quota: 100)
        try api.addAlias("one@a.example")
        try api.addList("list@a.example")
        let answer = try profile()
        #expect(answer.number("num_existing_users") == 2)
        #expect(answer.number("num_existing_aliases") == 1)
        #expect(answer.number("num_existing_maillists") == 1)
        #expect(answer.number("quota_count") == 15)
    }

    @Test func whatIsStoredIsSummedUp() throws {
        try api.run(
            """
            INSERT INTO used_quota (username, bytes, messages)
            VALUES ('jo@a.example', 5000000000, 3), ('al@a.example', 7, 1)
            """,
            on: .usage)
        try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES ('jo@ba.example', 9, 9)", on: .usage)
        let answer = try profile()
        #expect(answer.number("stored_bytes") == 5_000_000_007)
        #expect(answer.number("stored_messages") == 4)
    }

    @Test func whatBelongsToItIsListedInOrder() throws {
        try api.addAliasDomain("z.example", of: "a.example")
        try api.addAliasDomain("c.example", of: "a.example")
        try api.addAliasDomain("x.example", of: "b.example")
        try api.addForwarding("a.example", to: "z@b.example", flag: .none)
        try api.addForwarding("a.example", to: "c@b.example", flag: .none)
        try api.addAdmin("zoe@office.example", of: ["a.example"])
        try api.addAdmin("dan@office.example", of: ["a.example", "b.example"])
        let answer = try profile()
        #expect(answer.texts("alias_domains") == ["c.example", "z.example"])
        #expect(answer.texts("catchall") == ["c@b.example", "z@b.example"])
        #expect(answer.texts("admins") == ["dan@office.example", "zoe@office.example"])
    }

    @Test func copiesAndRelaysAreShown() throws {
        try api.run("INSERT INTO sender_bcc_domain (domain, bcc_address) VALUES ('a.example', 'out@b.example')")
        try api.run("INSERT INTO recipient_bcc_domain (domain, bcc_address) VALUES ('a.example', 'in@b.example')")
        try api.run(
            "INSERT INTO sender_relayhost (account, relayhost) VALUES ('@a.example', '[192.0.2.1]:25'), ('@b.example', 'x')"
        )
        let answer = try profile()
        #expect(answer.text("sender_bcc") == "out@b.example")
        #expect(answer.text("recipient_bcc") == "in@b.example")
        #expect(answer.text("outbound_relay") == "[192.0.2.1]:25")
    }

    @Test(arguments: [
        (1, "relay:[mx.example]:25", "[mx.example]:25"), (1, "relay:", ""), (0, "relay:[mx.example]:25", ""),
        (0, "dovecot", ""),
    ])
    func thePrimaryMXIsShownOfABackupMX(_ backup: Int, _ transport: String, _ primary: String) throws {
        try api.run("UPDATE domain SET backupmx = \(backup), transport = \(transport)")
        let answer = try profile()
        #expect(answer.text("primarymx") == primary)
        #expect(answer.text("transport") == transport)
        #expect(answer.number("backupmx") == backup)
    }

    @Test func whatIsNoPrimaryDomainIsNotHosted() throws {
        try api.addAliasDomain("alias.example", of: "a.example")
        for name in ["alias.example", "no.example"] {
            #expect(try admin.send(.get, "/api/domain/\(name)").word == "INVALID_DOMAIN_NAME")
        }
    }

    @Test func aNormalAdminSeesTheOwnDomainOnly() throws {
        try api.addDomain("b.example")
        try api.addAdmin("dan@office.example", of: ["a.example"])
        let dan = try api.client("dan@office.example")
        #expect(try dan.send(.get, "/api/domain/a.example").isSuccess)
        for name in ["b.example", "no.example", "sub.a.example", "xa.example"] {
            #expect(try dan.send(.get, "/api/domain/\(name)").word == "PERMISSION_DENIED")
        }
    }
}
