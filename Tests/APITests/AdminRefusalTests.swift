import Gateway
import Storage
import Testing

/// What `/api/admin/<mail>` refuses: `Contract.md` 3.1, 6.2.
struct AdminRefusalTests {
    private let api: TestAPI
    private let root: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        try api.addAdmin("dan@office.example", of: ["a.example"])
        root = try api.globalAdmin()
    }

    @Test(arguments: [
        ("dan@office.example", "password=Secret-1234", "ALREADY_EXISTS"),
        ("x@a.example", "password=Secret-1234", "CAN_NOT_BE_LOCAL_DOMAIN"),
        ("x@alias.example", "password=Secret-1234", "CAN_NOT_BE_LOCAL_DOMAIN"),
        ("jo@a.example", "password=Secret-1234", "CAN_NOT_BE_LOCAL_DOMAIN"),
        ("bogus", "password=Secret-1234", "INVALID_MAIL"), ("x@office.example", "", "PW_EMPTY"),
        ("x@office.example", "password=", "PW_EMPTY"),
        (
            "x@office.example", "password=abc",
            "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR"
        ),
        ("x@office.example", "password=S%C3%A9cret-1234", "PW_NON_ASCII"),
    ])
    func creation(_ mail: String, _ form: String, _ word: String) throws {
        #expect(try root.refusal(.post, "/api/admin/\(mail)", form) == word)
    }

    @Test(arguments: [
        ("maxQuota=5", "MISSING_PARAMETER"), ("quotaUnit=GB", "MISSING_PARAMETER"),
        ("maxQuota=5&quotaUnit=PB", "INVALID_PARAMETER"),
        ("maxQuota=-1&quotaUnit=GB", "INVALID_PARAMETER"), ("maxQuota=x&quotaUnit=GB", "INVALID_PARAMETER"),
        ("maxDomains=-2", "INVALID_PARAMETER"), ("maxUsers=x", "INVALID_PARAMETER"),
        ("maxAliases=1.5", "INVALID_PARAMETER"),
        ("maxLists=-5", "INVALID_PARAMETER"), ("isGlobalAdmin=maybe", "INVALID_PARAMETER"),
        ("accountStatus=", "INVALID_PARAMETER"),
        ("disableViewingMailLog=2", "INVALID_PARAMETER"), ("disableManagingQuarantinedMails=x", "INVALID_PARAMETER"),
        ("name=a%00b", "INVALID_PARAMETER"),
    ])
    func values(_ form: String, _ word: String) throws {
        #expect(try root.refusal(.post, "/api/admin/new@office.example", "password=Secret-1234&\(form)") == word)
        #expect(try root.refusal(.put, "/api/admin/dan@office.example", "password=Secret-1234&\(form)") == word)
    }

    @Test(arguments: ["nobody@office.example", "jo@a.example", "nobody@a.example"])
    func whoIsNoStandaloneAdmin(_ mail: String) throws {
        for method in [Method.get, .put, .delete] {
            #expect(
                try root.refusal(method, "/api/admin/\(mail)", method == .put ? "name=X" : nil) == "NO_SUCH_ACCOUNT")
        }
    }

    @Test func anEmptyPasswordIsNoChange() throws {
        #expect(try root.refusal(.put, "/api/admin/dan@office.example", "name=X&password=") == "PW_EMPTY")
    }

    @Test(arguments: ["accountStatus=disabled", "isGlobalAdmin=no", "isGlobalAdmin="])
    func theLastGlobalAdminStays(_ form: String) throws {
        let target = "/api/admin/\(TestAPI.admin)"
        #expect(try root.refusal(.put, target, form) == "PERMISSION_DENIED")
        #expect(try root.refusal(.delete, target) == "PERMISSION_DENIED")
        try root.done(.put, "/api/admin/dan@office.example", "isGlobalAdmin=yes")
        try root.done(.put, target, form)
    }

    @Test func aDisabledGlobalAdminIsNoOther() throws {
        try root.done(.put, "/api/admin/dan@office.example", "isGlobalAdmin=yes&accountStatus=disabled")
        #expect(try root.refusal(.delete, "/api/admin/\(TestAPI.admin)") == "PERMISSION_DENIED")
    }

    @Test func aDisabledAdminsSessionEnds() throws {
        let dan = try api.client("dan@office.example")
        try root.done(.put, "/api/admin/dan@office.example", "accountStatus=disabled")
        #expect(try dan.refusal(.get, "/api/domains") == "LOGIN_REQUIRED")
    }
}
