import Gateway
import Storage
import Settings
import Testing

/// The services of a user: `Contract.md` 7.3.
struct MailServiceTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/user/jo@a.example"

    private static let innerOnes = ["doveadm", "dsync", "indexer-worker", "internal", "lib-storage", "quota-status"]
    private static let all = [
        "deliver", "doveadm", "dsync", "imap", "imapsecured", "imaptls", "indexer-worker", "internal", "lda",
        "lib-storage", "lmtp",
        "managesieve", "managesievesecured", "managesievetls", "pop3", "pop3secured", "pop3tls", "quota-status",
        "sieve", "sievesecured", "sievetls",
        "smtp", "smtpsecured", "smtptls", "sogo", "sogoactivesync", "sogocalendar", "sogowebmail",
    ]

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    private func services() throws -> [String] { try #require(try admin.send(.get, target).texts("services")) }

    @Test func allAreOnAtFirst() throws {
        #expect(try services() == Self.all)
    }

    /// A column that a setting hides tells of its service all the same, whether it is a number or a text.
    @Test func aHiddenColumnStillCounts() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(
                Settings.hiddenUserProfiles, ["enablesmtp", "enablesogowebmail"]))
        #expect(try services() == Self.all)
        try admin.done(.put, target, "removeService=smtp,sogowebmail")
        #expect(try services() == Self.all.filter { !["smtp", "smtpsecured", "smtptls", "sogowebmail"].contains($0) })
    }

    /// A name, and what it switches.
    private static let families = [
        ("smtp", ["smtp", "smtpsecured", "smtptls"]), ("smtpsecured", ["smtpsecured"]), ("smtptls", ["smtptls"]),
        ("pop3", ["pop3", "pop3secured", "pop3tls"]),
        ("pop3secured", ["pop3secured"]), ("pop3tls", ["pop3tls"]), ("imap", ["imap", "imapsecured", "imaptls"]),
        ("IMAP", ["imap", "imapsecured", "imaptls"]), ("imapsecured", ["imapsecured"]), ("imaptls", ["imaptls"]),
        ("managesieve", ["managesieve", "managesievesecured", "managesievetls", "sieve", "sievesecured", "sievetls"]),
        ("managesievesecured", ["managesievesecured", "sievesecured"]),
        ("managesievetls", ["managesievetls", "sievetls"]),
        ("deliver", ["deliver", "lda", "lmtp"]), ("mail", ["deliver", "lda", "lmtp"]),
        ("Mail,deliver", ["deliver", "lda", "lmtp"]),
        (
            "mail,smtp,pop3,imap",
            [
                "deliver", "imap", "imapsecured", "imaptls", "lda", "lmtp", "pop3", "pop3secured", "pop3tls", "smtp",
                "smtpsecured", "smtptls",
            ]
        ),
        ("sogo", ["sogo"]), ("sogowebmail", ["sogowebmail"]), ("lda", ["lda"]),
        ("imap,pop3tls", ["imap", "imapsecured", "imaptls", "pop3tls"]), ("bogus", []), ("", []),
    ]

    @Test(arguments: families)
    func aNameSwitchesItsFamilyOff(_ name: String, _ family: [String]) throws {
        try admin.done(.put, target, "removeService=\(name)")
        #expect(try services() == Self.all.filter { !family.contains($0) })
    }

    @Test(arguments: families)
    func aNameSwitchesItsFamilyOn(_ name: String, _ family: [String]) throws {
        try admin.done(.put, target, "services=")
        #expect(try services() == Self.innerOnes)
        try admin.done(.put, target, "addService=\(name)")
        #expect(try services() == (Self.innerOnes + family).sorted())
    }

    @Test(arguments: families)
    func theListSwitchesAllOthersOff(_ name: String, _ family: [String]) throws {
        try admin.done(.put, target, "services=\(name)")
        #expect(try services() == (Self.innerOnes + family).sorted())
    }

    @Test(arguments: innerOnes)
    func anInternalOneIsSwitchedByNameOnly(_ name: String) throws {
        try admin.done(.put, target, "removeService=\(name)")
        try admin.done(.put, target, "services=\(name),imap")
        #expect(try !services().contains(name))
        try admin.done(.put, target, "addService=\(name)")
        #expect(try services().contains(name))
    }

    @Test(arguments: [
        ("addService=imap&removeService=imapsecured", ["imap", "imaptls"]),
        ("removeService=imap&addService=imaptls", ["imaptls"]),
        ("addService=imap&removeService=imaptls,pop3", ["imap", "imapsecured"]),
        ("addService=mail&removeService=lda", ["deliver", "lmtp"]), ("removeService=mail&addService=lmtp", ["lmtp"]),
    ])
    func thePlainNameComesFirst(_ form: String, _ on: [String]) throws {
        try admin.done(.put, target, "services=")
        try admin.done(.put, target, form)
        #expect(try services() == (Self.innerOnes + on).sorted())
    }

    @Test func sogosAreLetters() throws {
        let columns: SQL = "SELECT enablesogo, enablesogowebmail, enablesogocalendar, enablesogoactivesync FROM mailbox"
        try admin.done(.put, target, "services=")
        #expect(try api.rows(columns) == ["0|n|n|n"])
        try admin.done(.put, target, "addService=sogo,sogowebmail,sogocalendar,sogoactivesync")
        #expect(try api.rows(columns) == ["1|y|y|y"])
    }

    @Test(arguments: ["services=imap&addService=pop3", "services=&removeService=pop3"])
    func theListAndSingleNamesConflict(_ form: String) throws {
        #expect(try admin.refusal(.put, target, "name=X&\(form)") == "PARAMETER_CONFLICT")
    }

    @Test func strictHandlingRefusesAnUnknownName() throws {
        var strict = admin
        strict.isStrict = true
        #expect(try strict.refusal(.put, target, "addService=imap,bogus") == "INVALID_PARAMETER")
    }

    /// For new users `mail` means the same: no mail is delivered to them.
    @Test func newUsersMayBeWithoutMail() throws {
        let rows: SQL =
            "SELECT enabledeliver, enablelda, enablelmtp, enableimap FROM mailbox WHERE username = 'new@b.example'"
        try api.addDomain("b.example", settings: "disabled_mail_services:mail;")
        try admin.done(.post, "/api/user/new@b.example", "password=Secret-1234")
        #expect(try api.rows(rows) == ["0|0|0|1"])
        try admin.done(.delete, "/api/user/new@b.example")
        let on = Settings().with(Settings.apiEnabled, true)
        try api.reconfigure(on.with(Settings.enabledUserServices, ["mail"]))
        try admin.done(.post, "/api/user/new@b.example", "password=Secret-1234")
        #expect(try api.rows(rows) == ["1|1|1|1"])
        try api.run("UPDATE domain SET settings = ''")
        try admin.done(.delete, "/api/user/new@b.example")
        try api.reconfigure(on.with(Settings.disabledUserServices, ["mail"]))
        try admin.done(.post, "/api/user/new@b.example", "password=Secret-1234")
        #expect(try api.rows(rows) == ["0|0|0|1"])
    }

    @Test func othersKeepTheirs() throws {
        try api.addMailbox("al@a.example")
        try admin.done(.put, target, "services=")
        #expect(try admin.send(.get, "/api/user/al@a.example").texts("services") == Self.all)
    }
}
