import Gateway
import Storage
import Testing

/// Mail users as global admins, and their ready hashes: `Contract.md` 3.1, 7.3, 8.4.
struct GlobalMailUserTests {
    private let api: TestAPI
    private let root: TestAPI.Client
    private let target = "/api/user/jo@a.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        try api.addAdmin("own@office.example", of: ["a.example"])
        root = try api.globalAdmin()
    }

    private func flags() throws -> [String] {
        try api.rows("SELECT isadmin, isglobaladmin FROM mailbox WHERE username = 'jo@a.example'")
            + api.rows("SELECT domain FROM domain_admins WHERE username = 'jo@a.example' ORDER BY 1")
    }

    @Test func aUserBecomesOneAndCeasesToBe() throws {
        try root.done(.put, target, "isGlobalAdmin=yes")
        #expect(try flags() == ["1|1", "ALL"])
        #expect(try api.client("jo@a.example").send(.get, "/api/domain/b.example").isSuccess)
        try root.done(.put, target, "isGlobalAdmin=no")
        #expect(try flags() == ["0|0"])
    }

    @Test func whoStillManagesADomainStaysAnAdmin() throws {
        try root.done(.put, "/api/domain/admins/b.example", "addAdmin=jo@a.example")
        try root.done(.put, target, "isGlobalAdmin=yes")
        try root.done(.put, target, "isGlobalAdmin=no")
        #expect(try flags() == ["1|0", "b.example"])
    }

    @Test(arguments: ["yes", "no", ""])
    func onlyAGlobalAdminDecides(_ value: String) throws {
        #expect(
            try api.client("own@office.example").refusal(.put, target, "name=X&isGlobalAdmin=\(value)")
                == "PERMISSION_DENIED")
    }

    @Test func aDomainAdminMayLookButNotTouch() throws {
        try root.done(.put, target, "isGlobalAdmin=yes")
        let own = try api.client("own@office.example")
        try #expect(own.send(.get, target).isSuccess)
        let word = "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE"
        #expect(try own.refusal(.put, target, "name=X") == word)
        #expect(try own.refusal(.delete, target) == word)
        #expect(try own.refusal(.post, "\(target)/change_email/new@a.example") == word)
    }

    @Test func theLastOneStays() throws {
        try root.done(.put, target, "isGlobalAdmin=yes")
        let jo = try api.client("jo@a.example")
        try jo.done(.delete, "/api/admin/\(TestAPI.admin)")
        for form in ["isGlobalAdmin=no", "accountStatus=disabled"] {
            #expect(try jo.refusal(.put, target, form) == "PERMISSION_DENIED")
        }
        #expect(try jo.refusal(.put, "/api/users/a.example", "accountStatus=disabled") == "PERMISSION_DENIED")
        #expect(try jo.refusal(.delete, target) == "PERMISSION_DENIED")
        #expect(try jo.refusal(.delete, "/api/domain/a.example") == "PERMISSION_DENIED")
    }

    @Test(arguments: [
        ("{PLAIN}Secret-1234", "{PLAIN}Secret-1234"), ("{plain}weak", "{plain}weak"),
        ("{SHA512-CRYPT}$6$a$b", "{SHA512-CRYPT}$6$a$b"),
        ("{BCRYPT}$2b$10$x", "{CRYPT}$2b$10$x"), ("{SSHA512}YWJj", "{SSHA512}YWJj"), ("{CRAM-MD5}00", "{CRAM-MD5}00"),
        ("{NTLM}00", "{NTLM}00"),
        ("{ARGON2ID}$argon2id$x", "{ARGON2ID}$argon2id$x"), ("{PBKDF2}$1$a$1$b", "{PBKDF2}$1$a$1$b"),
    ])
    func aReadyHashIsStoredAsItIs(_ hash: String, _ stored: String) throws {
        try root.done(.put, target, "password_hash=\(hash)")
        #expect(try api.rows("SELECT password, passwordlastchange FROM mailbox") == ["\(stored)|2026-01-31 23:59:59"])
        try root.done(.post, "/api/user/al@a.example", "password_hash=\(hash)")
        #expect(try api.rows("SELECT password FROM mailbox WHERE username = 'al@a.example'") == [stored])
    }

    @Test(arguments: [
        ("password_hash=x", "INVALID_PASSWORD_SCHEME"), ("password_hash=%7BBOGUS%7Dx", "INVALID_PASSWORD_SCHEME"),
        ("password_hash=$6$a$b", "INVALID_PASSWORD_SCHEME"), ("password_hash=", "INVALID_PASSWORD_SCHEME"),
        ("password=Secret-1234&password_hash=%7BPLAIN%7Dx", "PARAMETER_CONFLICT"),
    ])
    func refusesWhatIsNoHash(_ form: String, _ word: String) throws {
        #expect(try root.refusal(.put, target, "name=X&\(form)") == word)
        #expect(try root.refusal(.post, "/api/user/al@a.example", form) == word)
    }
}
