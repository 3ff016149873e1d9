import Gateway
import Settings
import Storage
import Testing

/// What a domain admin may change of his domain, and within which limits: `Contract.md` 4, 5.4.
struct DomainRightsTests {
    private let api: TestAPI
    private let target = "/api/domain/a.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAdmin("own@office.example", of: ["a.example"])
        try api.addAdmin("creator@office.example", of: ["a.example", "b.example"], settings: "create_new_domains:yes;")
    }

    private func close(_ profile: String) throws {
        try api.run("UPDATE domain SET settings = \("disabled_domain_profiles:\(profile);")")
    }

    private func limit(_ settings: String) throws {
        try api.run(
            "UPDATE admin SET settings = \("create_new_domains:yes;" + settings) WHERE username = 'creator@office.example'"
        )
    }

    @Test(arguments: [
        "accountStatus=active", "accountStatus=", "disableDomainProfile=", "enableDomainProfile=bcc",
        "disableUserProfile=bcc",
        "enableUserProfile=bogus",
    ])
    func someIsForGlobalAdmins(_ form: String) throws {
        for name in ["own", "creator"] {
            #expect(
                try api.client("\(name)@office.example").refusal(.put, target, "name=X&\(form)") == "PERMISSION_DENIED")
        }
        _ = try api.globalAdmin().send(.put, target, form)
    }

    @Test(arguments: [
        "quota=1", "quota=", "maxUserQuota=1", "numberOfUsers=1", "numberOfAliases=1", "numberOfLists=-1",
    ])
    func someIsForThoseWhoMayCreateDomains(_ form: String) throws {
        #expect(try api.client("own@office.example").refusal(.put, target, "name=X&\(form)") == "PERMISSION_DENIED")
        try api.client("creator@office.example").done(.put, target, form)
    }

    private static let profiles = [
        ("advanced", "language=de_DE"), ("advanced", "preferredLanguage=de_DE"), ("advanced", "minPasswordLength=9"),
        ("advanced", "maxPasswordLength=20"), ("password_policies", "minPasswordLength=9"),
        ("password_policies", "maxPasswordLength=20"), ("relay", "transport=dovecot"),
        ("relay", "outboundRelay=mx.b.example"),
        ("bcc", "senderBcc=x@c.example"), ("bcc", "recipientBcc="), ("backupmx", "is_backupmx=no"),
        ("backupmx", "is_backupmx=yes&primarymx=mx.b.example"), ("catchall", "catchall="),
        ("advanced", "enableService=self-service"),
        ("advanced", "disableService=self-service"), ("advanced", "removeAllServices="),
        ("advanced", "addService=self-service"),
        ("advanced", "removeService=self-service"), ("advanced", "services="),
        ("advanced", "disableUserPreference=wblist"),
        ("advanced", "enableUserPreference=wblist"), ("aliases", "addAliasDomain=x.example"),
        ("aliases", "removeAliasDomain=x.example"), ("aliases", "aliasDomains="),
    ]

    @Test(arguments: profiles)
    func aClosedProfileIsClosedToDomainAdminsOnly(_ profile: String, _ form: String) throws {
        let own = try api.client("own@office.example")
        try own.done(.put, target, form)
        try close(profile)
        #expect(try own.refusal(.put, target, "name=X&\(form)") == "PERMISSION_DENIED")
        try api.globalAdmin().done(.put, target, form)
    }

    @Test(arguments: ["name=X", "defaultQuota=5"])
    func someIsNeverClosed(_ form: String) throws {
        try close(
            "advanced,aliases,backupmx,bcc,catchall,greylisting,password_policies,relay,spampolicy,throttle,wblist")
        try api.client("own@office.example").done(.put, target, form)
    }

    @Test(arguments: [
        ("create_max_quota:10;create_quota_unit:GB;", "quota=10240", "quota=10241", "EXCEED_LIMIT_QUOTA"),
        ("create_max_quota:1;create_quota_unit:TB;", "quota=1048576", "quota=1048577", "EXCEED_LIMIT_QUOTA"),
        ("create_max_users:10;", "numberOfUsers=10", "numberOfUsers=11", "EXCEED_LIMIT_USERS"),
        ("create_max_aliases:10;", "numberOfAliases=10", "numberOfAliases=11", "EXCEED_LIMIT_ALIASES"),
        ("create_max_lists:10;", "numberOfLists=10", "numberOfLists=11", "EXCEED_LIMIT_LISTS"),
    ])
    func anAdminGivesWhatHeHas(_ settings: String, _ good: String, _ bad: String, _ word: String) throws {
        try limit(settings)
        try api.run(
            "UPDATE domain SET maxquota = 7, mailboxes = 7, aliases = 7, maillists = 7 WHERE domain = 'a.example'")
        try api.run("UPDATE domain SET mailboxes = -1, aliases = -1, maillists = -1 WHERE domain = 'b.example'")
        let creator = try api.client("creator@office.example")
        #expect(try creator.refusal(.put, target, bad) == word)
        try creator.done(.put, target, good)
    }

    @Test(arguments: [
        ("create_max_quota:10;create_quota_unit:MB;", "quota", "maxquota", "EXCEED_LIMIT_QUOTA"),
        ("create_max_users:10;", "numberOfUsers", "mailboxes", "EXCEED_LIMIT_USERS"),
        ("create_max_aliases:10;", "numberOfAliases", "aliases", "EXCEED_LIMIT_ALIASES"),
        ("create_max_lists:10;", "numberOfLists", "maillists", "EXCEED_LIMIT_LISTS"),
    ])
    func unlimitedBecomesTheRest(_ settings: String, _ parameter: String, _ column: String, _ word: String) throws {
        try limit(settings)
        try api.run(SQL(trusted: "UPDATE domain SET \(column) = 4 WHERE domain = 'b.example'"))
        let creator = try api.client("creator@office.example")
        #expect(try creator.refusal(.put, target, "\(parameter)=7") == word)
        try creator.done(.put, target, "\(parameter)=0")
        #expect(try api.rows(SQL(trusted: "SELECT \(column) FROM domain WHERE domain = 'a.example'")) == ["6"])
        try api.run(SQL(trusted: "UPDATE domain SET \(column) = 10 WHERE domain = 'b.example'"))
        #expect(try creator.refusal(.put, target, "\(parameter)=0") == word)
        try api.globalAdmin().done(.put, target, "\(parameter)=1000")
    }

    @Test(arguments: [
        ("minPasswordLength=5", "min_passwd_length:10;"), ("minPasswordLength=11", "min_passwd_length:11;"),
        ("minPasswordLength=0", ""), ("maxPasswordLength=31", "max_passwd_length:30;"),
        ("maxPasswordLength=29", "max_passwd_length:29;"), ("maxPasswordLength=10", "max_passwd_length:30;"),
        ("maxPasswordLength=11", "max_passwd_length:11;"), ("maxPasswordLength=0", ""),
    ])
    func aDomainAdminCannotWeakenThePasswordRule(_ form: String, _ settings: String) throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.minPasswordLength, 10).with(
                Settings.maxPasswordLength, 30))
        try api.client("own@office.example").done(.put, target, form)
        #expect(try api.rows("SELECT settings FROM domain WHERE domain = 'a.example'") == [settings])
    }

    @Test func loweringBelowPresentUseIsAccepted() throws {
        for name in ["jo", "al"] { try api.addMailbox("\(name)@a.example", quota: 10) }
        try api.globalAdmin().done(.put, target, "numberOfUsers=1&quota=5&maxUserQuota=5")
        #expect(try api.rows("SELECT mailboxes, maxquota FROM domain WHERE domain = 'a.example'") == ["1|5"])
    }
}
