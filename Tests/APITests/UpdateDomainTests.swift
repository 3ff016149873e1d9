import Gateway
import Storage
import Testing

/// `PUT /api/domain/<domain>` by a global admin, what is in the domain's own row: `Contract.md` 5.4.
struct UpdateDomainTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/domain/a.example"

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example", settings: "default_language:de_DE;odd:kept;")
        try api.addDomain("b.example")
        try api.run("UPDATE domain SET description = 'Old', maxquota = 5, mailboxes = 6, aliases = 7, maillists = 8")
        admin = try api.globalAdmin()
    }

    private func row(_ column: String, of domain: String = "a.example") throws -> [String] {
        try api.rows(SQL(trusted: "SELECT \(column) FROM domain WHERE domain = '\(domain)'"))
    }

    @Test(arguments: [
        ("name=New+Ltd", "description", "New Ltd"), ("name=", "description", ""), ("cn=Older", "description", "Older"),
        ("cn=Older&name=Newer", "description", "Newer"), ("name=++New++", "description", "New"),
        ("accountStatus=disabled", "active", "0"), ("accountStatus=ACTIVE", "active", "1"),
        ("quota=100", "maxquota", "100"), ("quota=0", "maxquota", "0"), ("quota=", "maxquota", "5"),
        ("numberOfUsers=10", "mailboxes", "10"), ("numberOfUsers=0", "mailboxes", "0"),
        ("numberOfUsers=-1", "mailboxes", "-1"), ("numberOfUsers=", "mailboxes", "6"),
        ("numberOfAliases=-1", "aliases", "-1"), ("numberOfAliases=12", "aliases", "12"),
        ("numberOfLists=-1", "maillists", "-1"), ("numberOfLists=13", "maillists", "13"),
        ("transport=lmtp:unix:private/dovecot-lmtp", "transport", "lmtp:unix:private/dovecot-lmtp"),
        ("transport=", "transport", "dovecot"),
    ])
    func writesTheColumn(_ form: String, _ column: String, _ value: String) throws {
        let other = try row("*", of: "b.example")
        try admin.done(.put, target, form)
        #expect(try row(column) == [value])
        #expect(try row("*", of: "b.example") == other)
    }

    @Test(arguments: [
        ("defaultQuota=100", "default_language:de_DE;odd:kept;default_user_quota:100;"),
        ("maxUserQuota=200", "default_language:de_DE;odd:kept;max_user_quota:200;"),
        ("defaultQuota=0&maxUserQuota=0", "default_language:de_DE;odd:kept;"),
        ("language=fr_FR", "default_language:fr_FR;odd:kept;"), ("language=", "odd:kept;"),
        ("preferredLanguage=it_IT", "default_language:it_IT;odd:kept;"),
        ("language=xx_XX", "default_language:de_DE;odd:kept;"),
        ("minPasswordLength=10", "default_language:de_DE;odd:kept;min_passwd_length:10;"),
        ("maxPasswordLength=20", "default_language:de_DE;odd:kept;max_passwd_length:20;"),
        (
            "minPasswordLength=20&maxPasswordLength=20",
            "default_language:de_DE;odd:kept;min_passwd_length:20;max_passwd_length:20;"
        ),
        ("minPasswordLength=0&maxPasswordLength=", "default_language:de_DE;odd:kept;"),
        ("minPasswordLength=2", "default_language:de_DE;odd:kept;min_passwd_length:2;"),
        ("enableService=self-service", "default_language:de_DE;odd:kept;enabled_services:self-service;"),
        ("addService=self-service", "default_language:de_DE;odd:kept;enabled_services:self-service;"),
        ("services=Self-Service,mail", "default_language:de_DE;odd:kept;enabled_services:self-service;"),
        ("enableService=mail,domainalias,senderbcc,recipientbcc,bogus", "default_language:de_DE;odd:kept;"),
        (
            "disableDomainProfile=relay,BCC,bogus,password_policies",
            "default_language:de_DE;odd:kept;disabled_domain_profiles:bcc,password_policies,relay;"
        ),
        (
            "disableUserProfile=forwarding,wblist,backupmx",
            "default_language:de_DE;odd:kept;disabled_user_profiles:forwarding,wblist;"
        ),
        (
            "disableUserPreference=rcvd_mails,personal_info,relay",
            "default_language:de_DE;odd:kept;disabled_user_preferences:personal_info,rcvd_mails;"
        ),
        (
            "disableUserProfile=bcc,relay&enableUserProfile=bcc",
            "default_language:de_DE;odd:kept;disabled_user_profiles:relay;"
        ),
    ])
    func writesTheSetting(_ form: String, _ settings: String) throws {
        try admin.done(.put, target, form)
        #expect(try row("settings") == [settings])
    }

    @Test(arguments: [
        ("disableService=self-service", ""), ("removeService=self-service", ""), ("services=", ""),
        ("removeAllServices=", ""),
        ("removeAllServices=no", ""), ("disableService=", "enabled_services:self-service;"),
        ("enableService=self-service", "enabled_services:self-service;"),
        ("enableDomainProfile=relay", "enabled_services:self-service;"),
    ])
    func takesServicesAway(_ form: String, _ settings: String) throws {
        try api.run("UPDATE domain SET settings = 'enabled_services:self-service;' WHERE domain = 'a.example'")
        try admin.done(.put, target, form)
        #expect(try row("settings") == [settings])
        #expect(try row("active") == ["1"])
    }

    @Test(arguments: [
        (
            "enableDomainProfile=bcc",
            "disabled_domain_profiles:relay;disabled_user_profiles:bcc,relay;disabled_user_preferences:wblist;"
        ),
        ("enableUserProfile=bcc,relay", "disabled_domain_profiles:bcc,relay;disabled_user_preferences:wblist;"),
        ("enableUserPreference=wblist", "disabled_domain_profiles:bcc,relay;disabled_user_profiles:bcc,relay;"),
        (
            "disableDomainProfile=",
            "disabled_domain_profiles:bcc,relay;disabled_user_profiles:bcc,relay;disabled_user_preferences:wblist;"
        ),
    ])
    func opensProfilesAgain(_ form: String, _ settings: String) throws {
        try api.run(
            """
            UPDATE domain SET settings =
            'disabled_domain_profiles:bcc,relay;disabled_user_profiles:bcc,relay;disabled_user_preferences:wblist;'
            """)
        try admin.done(.put, target, form)
        #expect(try row("settings") == [settings])
    }

    @Test(arguments: [
        ("accountStatus=", "INVALID_PARAMETER"), ("accountStatus=gone", "INVALID_PARAMETER"),
        ("quota=-1", "INVALID_PARAMETER"),
        ("quota=1.5", "INVALID_PARAMETER"), ("quota=9223372036854775808", "INVALID_PARAMETER"),
        ("numberOfUsers=-2", "INVALID_PARAMETER"), ("numberOfAliases=x", "INVALID_PARAMETER"),
        ("numberOfLists=%2B1", "INVALID_PARAMETER"),
        ("defaultQuota=-1", "INVALID_PARAMETER"), ("maxUserQuota=ten", "INVALID_PARAMETER"),
        ("minPasswordLength=-1", "INVALID_PARAMETER"), ("maxPasswordLength=x", "INVALID_PARAMETER"),
        ("minPasswordLength=20&maxPasswordLength=19", "INVALID_PARAMETER"), ("name=a%0Ab", "INVALID_PARAMETER"),
        ("transport=a+b", "INVALID_PARAMETER"), ("transport=%C3%A4", "INVALID_PARAMETER"),
        ("senderBcc=x", "INVALID_MAIL"), ("recipientBcc=x@b.example,y@b.example", "INVALID_MAIL"),
        ("catchall=x,@b.example", "INVALID_MAIL"), ("outboundRelay=a+b", "INVALID_PARAMETER"),
        ("is_backupmx=maybe&primarymx=mx.b.example", "INVALID_PARAMETER"),
        ("is_backupmx=yes", "MISSING_PARAMETER"), ("is_backupmx=yes&primarymx=", "MISSING_PARAMETER"),
        ("primarymx=mx.b.example", "MISSING_PARAMETER"),
        ("transport=dovecot&is_backupmx=no", "PARAMETER_CONFLICT"),
        ("transport=&primarymx=mx.b.example", "PARAMETER_CONFLICT"),
        ("services=&addService=self-service", "PARAMETER_CONFLICT"),
        ("services=&removeService=x", "PARAMETER_CONFLICT"),
        ("aliasDomains=c.example&addAliasDomain=d.example", "PARAMETER_CONFLICT"),
        ("aliasDomains=&removeAliasDomain=d.example", "PARAMETER_CONFLICT"),
        ("aliasDomains=x,y", "INVALID_DOMAIN_NAME"),
    ])
    func refusesTheWholeRequest(_ form: String, _ word: String) throws {
        #expect(try admin.refusal(.put, target, "name=New&senderBcc=x@b.example&\(form)") == word)
        #expect(try admin.refusal(.put, target, "\(form)&disableUserProfile=bcc") == word)
    }

    @Test(arguments: ["a", "a..example", "nowhere.example"])
    func refusesADomainThatIsNotThere(_ domain: String) throws {
        #expect(try admin.refusal(.put, "/api/domain/\(domain)", "name=New") == "INVALID_DOMAIN_NAME")
    }

    @Test func anAliasDomainIsNoDomain() throws {
        try api.addAliasDomain("alias.example", of: "a.example")
        #expect(try admin.refusal(.put, "/api/domain/alias.example", "name=New") == "INVALID_DOMAIN_NAME")
    }

    @Test func aDisabledDomainLeavesItsAccountsAlone() throws {
        try api.addMailbox("jo@a.example")
        try admin.done(.put, target, "accountStatus=disabled")
        #expect(try api.rows("SELECT active FROM mailbox") == ["1"])
        #expect(try api.rows("SELECT active FROM forwardings") == ["1"])
    }

    @Test func nothingRecognisedChangesNothing() throws {
        let before = try api.contents() + api.log()
        for form in ["", "Name=New", "bogus=1"] { try admin.done(.put, target, form) }
        #expect(try api.contents() + api.log() == before)
    }

    @Test func isDatedAndLogged() throws {
        try admin.done(.put, target, "senderBcc=x@b.example")
        #expect(try row("modified") == ["2026-01-31 23:59:59"])
        #expect(
            try #require(try api.log().last).hasPrefix("update|postmaster@admin.example|127.0.0.1|a.example||[API] "))
    }
}
