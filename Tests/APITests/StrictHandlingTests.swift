import Foundation
import Gateway
import Mail
import Settings
import Storage
import Testing

/// `Prefer: handling=strict`: `Contract.md` 2.4.
struct StrictHandlingTests {
    private func strictAdmin() throws -> TestAPI.Client {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addDomain("other.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("al@a.example")
        var admin = try api.globalAdmin()
        admin.isStrict = true
        return admin
    }

    private func members(_ answer: Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    @Test(arguments: [
        "handling=strict", "Handling=Strict", " handling = strict ", "respond-async, handling=strict",
        "handling=strict;x=y, wait=10", "handling=\"strict\"",
    ])
    func isConfirmedWhenAskedFor(_ prefer: String) throws {
        let api = try TestAPI()
        var request = Request(.get, "/api/domains")
        request.prefer = prefer
        let answer = try api.send(request)
        #expect(answer.headers["Preference-Applied"] == "handling=strict")
        #expect(answer.status == .unauthorized)
    }

    @Test(arguments: [nil, "", "handling=lenient", "return=minimal", "xhandling=strict", "handling=stricter"])
    func isNotAppliedUnasked(_ prefer: String?) throws {
        let api = try TestAPI()
        var request = Request(.get, "/api/domains")
        request.prefer = prefer
        let answer = try api.send(request)
        #expect(answer.headers["Preference-Applied"] == nil)
        #expect(answer.status == .ok)
    }

    @Test func aSuccessIsConfirmedToo() throws {
        let admin = try strictAdmin()
        #expect(try admin.send(.get, "/api/domains").headers["Preference-Applied"] == "handling=strict")
        #expect(
            try admin.send(.put, "/api/user/jo@a.example", "name=Jo").headers["Preference-Applied"] == "handling=strict"
        )
    }

    @Test(arguments: [
        ("GET", "/api/user/no@a.example", nil, "NO_SUCH_ACCOUNT", HTTPStatus.notFound),
        ("GET", "/api/domain/no.example", nil, "INVALID_DOMAIN_NAME", .notFound),
        ("GET", "/api/domain/no", nil, "INVALID_DOMAIN_NAME", .unprocessable),
        ("GET", "/api/user/no", nil, "INVALID_MAIL", .unprocessable),
        ("POST", "/api/user/no@no.example", "password=Secret-1234", "INVALID_DOMAIN_NAME", .notFound),
        ("POST", "/api/domain/a.example", "name=A", "ALREADY_EXISTS", .conflict),
        ("POST", "/api/user/jo@a.example", "password=Secret-1234", "ALREADY_EXISTS", .conflict),
        ("POST", "/api/domain/b.example", nil, "MISSING_PARAMETER", .unprocessable),
        ("POST", "/api/domain/b.example", "name=B&quota=x", "INVALID_PARAMETER", .unprocessable),
        ("POST", "/api/domain/b.example", "name=B&senderBcc=x", "INVALID_MAIL", .unprocessable),
        (
            "POST", "/api/user/new@a.example", "password=x",
            "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR", .unprocessable
        ),
        ("PUT", "/api/user/jo@a.example", "aliases=&addAlias=", "PARAMETER_CONFLICT", .conflict),
        ("POST", "/api/login", "username=\(TestAPI.admin)&password=wrong", "INVALID_CREDENTIALS", .unauthorized),
        ("POST", "/api/login", "username=x&password=wrong", "INVALID_USERNAME", .unprocessable),
        ("POST", "/api/login", "username=\(TestAPI.admin)", "EMPTY_PASSWORD", .unprocessable),
        ("GET", "/api/nothing", nil, "NOT_FOUND", .notFound),
        ("PATCH", "/api/domains", nil, "METHOD_NOT_ALLOWED", .methodNotAllowed),
        ("POST", "/api/domain/b.example", "name=%ff", "INVALID_PARAMETER", .badRequest),
    ])
    func eachWordHasItsStatus(
        _ method: String, _ target: String, _ form: String?, _ word: String, _ status: HTTPStatus
    ) throws {
        let answer = try strictAdmin().send(Method(method), target, form)
        #expect(answer.word == word)
        #expect(answer.status == status)
    }

    @Test func aWithheldPermissionIsForbidden() throws {
        let api = try TestAPI()
        try api.addAdmin("dan@office.example")
        var admin = try api.client("dan@office.example")
        admin.isStrict = true
        #expect(try admin.send(.get, "/api/domain/a.example").status == .forbidden)
    }

    @Test(arguments: [
        ("mailboxes = -1", "NOT_ALLOWED"), ("mailboxes = 2", "EXCEEDED_DOMAIN_ACCOUNT_LIMIT"),
        ("settings = 'max_user_quota:5;'", "EXCEEDED_DOMAIN_QUOTA_SIZE"),
    ])
    func aReachedLimitIsAConflict(_ column: String, _ word: String) throws {
        let admin = try strictAdmin()
        try admin.api.run(SQL(trusted: "UPDATE domain SET \(column) WHERE domain = 'a.example'"))
        let answer = try admin.send(.post, "/api/user/new@a.example", "password=Secret-1234&quota=6")
        #expect(answer.word == word)
        #expect(answer.status == .conflict)
    }

    @Test(arguments: [
        ("bogus=1", "bogus", "INVALID_PARAMETER"), ("Name=Jo", "Name", "INVALID_PARAMETER"),
        ("quota=x", "quota", "INVALID_PARAMETER"),
        ("language=xx_XX", "language", "INVALID_PARAMETER"),
        ("forwarding=jo@a.example,x", "forwarding", "INVALID_MAIL"),
        ("forwarding=x@b.example,x@b.example", "forwarding", "INVALID_PARAMETER"),
        ("addAlias=new@a.example,x", "addAlias", "INVALID_MAIL"), ("removeAlias=x", "removeAlias", "INVALID_MAIL"),
        ("addAlias=al@a.example", "addAlias", "ALREADY_EXISTS"), ("aliases=al@a.example", "aliases", "ALREADY_EXISTS"),
        ("addAlias=new@other.example", "addAlias", "INVALID_MAIL"),
        ("name=Jo&cn=Joe", "cn", "INVALID_PARAMETER"), ("quota=1&mailQuota=1", "mailQuota", "INVALID_PARAMETER"),
        ("language=en_US&preferredLanguage=de_DE", "preferredLanguage", "INVALID_PARAMETER"),
        ("password=", "password", "PW_EMPTY"),
        ("name=Jo&accountStatus=maybe", "accountStatus", "INVALID_PARAMETER"),
        ("name=%01", "name", "INVALID_PARAMETER"),
    ])
    func aParameterAtFaultIsNamed(_ form: String, _ parameter: String, _ word: String) throws {
        let admin = try strictAdmin()
        let answer = try admin.api.refusal { try admin.send(.put, "/api/user/jo@a.example", form) }
        #expect(answer.word == word)
        #expect(try members(answer)["_param"] as? String == parameter)
    }

    @Test(arguments: [
        "bogus=1", "language=xx_XX", "forwarding=jo@a.example,x", "addAlias=al@a.example", "name=Jo&cn=Joe",
    ])
    func withoutItTheSameIsPassedOver(_ form: String) throws {
        var admin = try strictAdmin()
        admin.isStrict = false
        try admin.done(.put, "/api/user/jo@a.example", form)
    }

    @Test func anUnknownParameterIsExplained() throws {
        let answer = try strictAdmin().send(.get, "/api/domains?bogus=1")
        let detail = try #require(try members(answer)["_detail"] as? String)
        #expect(detail.hasSuffix(".") && detail.contains(" "))
    }

    @Test func theDefaultHandlingShowsNeitherParameterNorDetail() throws {
        var admin = try strictAdmin()
        admin.isStrict = false
        let answer = try admin.send(.put, "/api/user/jo@a.example", "quota=x")
        #expect(answer.body == #"{"_success": false, "_msg": "INVALID_PARAMETER"}"#)
    }

    @Test func anAddressOutsideTheListIsForbidden() throws {
        let api = try TestAPI(Settings().with(Settings.adminLoginClients, [try IPNetwork("192.0.2.1")]))
        var client = api.nobody
        client.isStrict = true
        let answer = try client.send(.post, "/api/login", "username=\(TestAPI.admin)&password=\(TestAPI.password)")
        #expect(answer.word == "NOT_ALLOWED_IP")
        #expect(answer.status == .forbidden)
    }
}
