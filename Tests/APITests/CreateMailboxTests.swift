import Gateway
import PasswordHash
import Settings
import Storage
import Testing

/// `POST /api/user/<mail>`: `Contract.md` 7.2.
struct CreateMailboxTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private static let password = "password=Other-5678"

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        admin = try api.globalAdmin()
    }

    private func create(_ form: String = "", in settings: String = "") throws {
        try api.run("UPDATE domain SET settings = \(settings)")
        try admin.done(.post, "/api/user/jo@a.example", Self.password + "&" + form)
    }

    private func columns(_ columns: String) throws -> String? {
        try api.rows(SQL(trusted: "SELECT \(columns) FROM mailbox")).first
    }

    private func configured<Value>(_ setting: Setting<Value>, _ value: Value) throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(setting, value))
    }

    @Test func writesTheRow() throws {
        try create("name=Jo+Example&language=de_DE&quota=10")
        #expect(
            try columns("username, domain, name, language, quota, storagebasedirectory, storagenode, active")
                == "jo@a.example|a.example|Jo Example|de_DE|10|/var/vmail|vmail1|1")
        #expect(
            try columns(
                "created, modified, passwordlastchange, expired, isadmin, isglobaladmin, transport, settings, allow_nets"
            )
                == "2026-01-31 23:59:59|1970-01-01 01:01:01|2026-01-31 23:59:59|9999-12-31 00:00:00|0|0|||NULL")
    }

    @Test func everythingButThePasswordHasADefault() throws {
        try create()
        #expect(
            try columns("name, language, quota, mailboxformat, mailboxfolder, employeeid") == "||0|maildir|Maildir|")
    }

    @Test func everyServiceIsOn() throws {
        try create()
        let services = try #require(try admin.send(.get, "/api/user/jo@a.example").texts("services"))
        #expect(
            services == [
                "deliver", "doveadm", "dsync", "imap", "imapsecured", "imaptls", "indexer-worker", "internal", "lda",
                "lib-storage", "lmtp",
                "managesieve", "managesievesecured", "managesievetls", "pop3", "pop3secured", "pop3tls", "quota-status",
                "sieve",
                "sievesecured", "sievetls", "smtp", "smtpsecured", "smtptls", "sogo", "sogoactivesync", "sogocalendar",
                "sogowebmail",
            ])
    }

    @Test func writesTheSelfRowAndNoOther() throws {
        try create()
        #expect(
            try api.rows(
                """
                SELECT address, forwarding, domain, dest_domain, is_maillist, is_list, is_forwarding, is_alias, active
                  FROM forwardings
                """
            )
                == ["jo@a.example|jo@a.example|a.example|a.example|0|0|1|0|1"])
    }

    @Test func theHashVerifies() throws {
        try create()
        let stored = try #require(try columns("password"))
        #expect(stored.hasPrefix("{SSHA512}"))
        #expect(StoredPassword(stored).verifies(Secret("Other-5678")))
    }

    @Test(arguments: [
        ("", "de_DE"), ("language=fr_FR", "fr_FR"), ("language=", ""), ("language=xx_XX", ""),
        ("preferredLanguage=it_IT", "it_IT"),
    ])
    func theLanguageOfTheDomainIsTheDefault(_ form: String, _ language: String) throws {
        try create(form, in: "default_language:de_DE;")
        #expect(try columns("language") == language)
    }

    @Test(arguments: [
        ("imap", "0|0|0|1|1|1"), ("imapsecured", "1|0|1|1|1|1"), ("imaptls,pop3", "1|1|0|0|0|0"),
        ("nonsense", "1|1|1|1|1|1"),
    ])
    func theDomainSwitchesServicesOff(_ services: String, _ expected: String) throws {
        try create(in: "disabled_mail_services:\(services);")
        #expect(
            try columns("enableimap, enableimapsecured, enableimaptls, enablepop3, enablepop3secured, enablepop3tls")
                == expected)
    }

    @Test func theServerSwitchesServicesOff() throws {
        try configured(Settings.disabledUserServices, ["sogowebmail", "quota-status", "managesieve"])
        try create()
        #expect(
            try columns(
                "enablesogowebmail, enablesogocalendar, \"enablequota-status\", enablesievetls, enablemanagesieve, enablelmtp"
            )
                == "n|y|0|0|0|1")
    }

    @Test func theServerSwitchesServicesOn() throws {
        try configured(Settings.enabledUserServices, ["imap"])
        try create(in: "disabled_mail_services:imap,pop3;")
        #expect(try columns("enableimap, enableimaptls, enablepop3") == "1|1|0")
    }

    @Test func formatAndFolderAreSettings() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.mailboxFormat, "mdbox").with(
                Settings.mailboxFolder, "Mail"))
        try create()
        #expect(try columns("mailboxformat, mailboxfolder") == "mdbox|Mail")
    }

    @Test func aDestinationOfOthersThatBecomesAMailboxStaysActive() throws {
        try api.addDomain("b.example")
        try api.addMailbox("al@b.example")
        try api.addForwarding("al@b.example", to: "jo@a.example")
        try create()
        #expect(try api.rows("SELECT active FROM forwardings WHERE address = 'al@b.example'") == ["1", "1"])
    }

    @Test(arguments: [
        ("/api/user/jo@nowhere.example", password, "INVALID_DOMAIN_NAME"),
        ("/api/user/jo@alias.example", password, "INVALID_DOMAIN_NAME"),
        ("/api/user/jo+x@a.example", password, "INVALID_MAIL"), ("/api/user/-jo@a.example", password, "INVALID_MAIL"),
        ("/api/user/%23jo@a.example", password, "INVALID_MAIL"), ("/api/user/j=o@a.example", password, "INVALID_MAIL"),
        ("/api/user/j&o@a.example", password, "INVALID_MAIL"), ("/api/user/j%2Fo@a.example", password, "INVALID_MAIL"),
        ("/api/user/.jo@a.example", password, "INVALID_MAIL"),
        ("/api/user/jo@a.example", nil, "PW_EMPTY"), ("/api/user/jo@a.example", "password=", "PW_EMPTY"),
        ("/api/user/jo@a.example", "password=%20%20", "PW_EMPTY"),
        ("/api/user/jo@a.example", password + "&quota=-1", "INVALID_PARAMETER"),
        ("/api/user/jo@a.example", password + "&quota=1GB", "INVALID_PARAMETER"),
        ("/api/user/jo@a.example", password + "&name=a%01", "INVALID_PARAMETER"),
    ])
    func refuses(_ target: String, _ form: String?, _ word: String) throws {
        try api.addAliasDomain("alias.example", of: "a.example")
        #expect(try admin.refusal(.post, target, form) == word)
    }

    @Test func aNameHasAtMost255Characters() throws {
        let name = String(repeating: "ü", count: 255)
        #expect(
            try admin.refusal(.post, "/api/user/jo@a.example", Self.password + "&name=\(name)x") == "INVALID_PARAMETER")
        try create("name=\(name)")
        #expect(try columns("name") == name)
    }

    @Test(arguments: ["jo", "_jo", "1", "j.o", "j-o_", "jo.", "a..b"])
    func takesEveryLocalPartThatCanLogIn(_ local: String) throws {
        try admin.done(.post, "/api/user/\(local)@a.example", Self.password)
        #expect(try columns("username") == "\(local)@a.example")
    }

    @Test func aLocalPartHasAtMost64Characters() throws {
        let local = String(repeating: "a", count: 64)
        try admin.done(.post, "/api/user/\(local)@a.example", Self.password)
        #expect(try admin.refusal(.post, "/api/user/\(local)a@a.example", Self.password) == "INVALID_MAIL")
    }

    @Test func isLogged() throws {
        try create()
        let line = try #require(try api.log().last)
        #expect(line.hasPrefix("create|postmaster@admin.example|127.0.0.1|a.example|jo@a.example|[API] "))
    }

    @Test func aUserOfADisabledDomainCanBeMade() throws {
        try api.run("UPDATE domain SET active = 0")
        try create()
    }
}
