import Gateway
import Settings
import Storage
import Testing

/// From the raw request target to a route: `Security.md` C8, `Contract.md` 2.1 and 2.2.
struct RoutingTests {
    @Test(arguments: [
        "", "/", "/api", "/api/", "/api/nothing", "/API/domains", "/api/domains/x", "/api/domain", "/api/domain/",
        "api/domains", "//api/domains", "/api//domains", "/api/domains//", "/x/api/domains", "/api/domain/a.example/x",
        "/api%2Fdomains", "/api/domains%2F", "/api/domains%00", "/api/domains;x", "/api/domains%", "/api/domains%zz",
        "/api/domain/a.example/keep_mailbox_days", "/api/domain/a.example/keep_mailbox_days/",
        "/api/domain/a.example/keep_mailbox_days/x", "/api/domain/a.example/keep_mailbox_days/-1",
        "/api/domain/a.example/keep_mailbox_days/1x", "/api/domain/a.example/keep_mailbox_days/+1",
        "/api/domain/a.example/keep_mailbox_days/%D9%A1", "/api/user/jo@a.example/keep_mailbox_days/1.0", "*",
    ])
    func whatIsNoRouteIsNotFound(_ target: String) throws {
        let api = try TestAPI()
        for method in [Method.get, .delete] {
            let answer = try api.nobody.send(method, target)
            #expect(answer.status == .notFound)
            #expect(answer.word == "NOT_FOUND")
        }
    }

    @Test(arguments: [
        "/api/domain/a.example", "/api/domain/a.example/", "/api/domain/A.Example", "/api/domain/%61.example",
        "/api/domain/a.example?", "/api/domain/a.example?x=y", "/api/domain/a.example/?x=/y", "/%61pi/domain/a.example",
    ])
    func oneDomainHasManySpellings(_ target: String) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        #expect(try api.globalAdmin().send(.get, target).text("domain") == "a.example")
    }

    @Test(arguments: [
        "/api/domain/a.example%2Fx", "/api/domain/a.example%00", "/api/domain/a.example%0A", "/api/domain/a.example%7F",
        "/api/domain/%2e%2e", "/api/domain/..", "/api/domain/a.example%", "/api/domain/a.example%4",
        "/api/domain/a.exampl%6g",
        "/api/domain/a%252eexample", "/api/domain/a.example;x", "/api/domain/a.example+", "/api/domain/%ff.example",
        "/api/domain/%c0%ae.example", "/api/domain/a..example", "/api/domain/example", "/api/domain/a_.example%20",
        "/api/domain/jo@a.example", "/api/domain/a.e", "/api/domain/a.example'--",
        "/api/domain/" + String(repeating: "%cc%81", count: 31),
    ])
    func aMalformedDomainIsRefusedByItsWord(_ target: String) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        let admin = try api.globalAdmin()
        for method in [Method.get, .post, .delete] {
            #expect(try admin.refusal(method, target, method == .post ? "name=X" : nil) == "INVALID_DOMAIN_NAME")
        }
    }

    @Test(arguments: [
        "/api/user/jo%2F@a.example", "/api/user/jo%00@a.example", "/api/user/jo@a.example%00",
        "/api/user/jo%0D%0A@a.example",
        "/api/user/jo%2540a.example", "/api/user/jo", "/api/user/a.example", "/api/user/jo@@a.example",
        "/api/user/@a.example",
        "/api/user/jo@", "/api/user/jo@b@a.example", "/api/user/jo,al@a.example", "/api/user/jo%20@a.example",
        "/api/user/%C3%BC@a.example", "/api/user/jo@a.example.", "/api/user/.jo@a.example", "/api/user/jo@a.example%",
        "/api/user/..",
        "/api/user/jo%25@a.example", "/api/user/jo\"@a.example",
    ])
    func aMalformedAddressIsRefusedByItsWord(_ target: String) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        let admin = try api.globalAdmin()
        for method in [Method.get, .post, .put, .delete] {
            #expect(
                try admin.refusal(method, target, method == .get ? nil : "password=\(TestAPI.password)")
                    == "INVALID_MAIL")
        }
    }

    @Test(arguments: [
        "/api/user/jo@a.example", "/api/user/jo%40a.example", "/api/user/JO@A.EXAMPLE/", "/api/user/%6ao@a.example",
    ])
    func oneAddressHasManySpellings(_ target: String) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        #expect(try api.globalAdmin().send(.get, target).text("username") == "jo@a.example")
    }

    @Test(arguments: [
        (Method.get, "/api/login", "POST"), (.put, "/api/login", "POST"), (.other("HEAD"), "/api/domains", "GET"),
        (.other("get"), "/api/domains", "GET"), (.post, "/api/domains", "GET"), (.get, "/api/logout", "POST"),
        (.other("PATCH"), "/api/user/jo@a.example", "DELETE, GET, POST, PUT"),
        (.other("TRACE"), "/api/domain/a.example/", "DELETE, GET, POST, PUT"),
        (.other("OPTIONS"), "/api/user/x", "DELETE, GET, POST, PUT"),
        (.get, "/api/user/jo@a.example/keep_mailbox_days/3", "DELETE"),
        (.put, "/api/domain/a.example/keep_mailbox_days/3", "DELETE"),
    ])
    func anotherMethodIsRefusedWithThoseThatAreServed(_ method: Method, _ target: String, _ allowed: String) throws {
        let api = try TestAPI()
        let answer = try api.nobody.send(method, target)
        #expect(answer.status == .methodNotAllowed)
        #expect(answer.word == "METHOD_NOT_ALLOWED")
        #expect(answer.headers["Allow"] == allowed)
    }

    @Test func onlyARefusedMethodIsToldWhatIsAllowed() throws {
        let api = try TestAPI()
        #expect(try api.nobody.send(.get, "/api/nothing").headers["Allow"] == nil)
        #expect(try api.nobody.send(.get, "/api/domains").headers["Allow"] == nil)
    }

    @Test(arguments: ["/iredadmin/api/domains", "/iredadmin/api/domains/", "/iredadmin/api/domains?x"])
    func thePrefixMayStandBeforeEveryPath(_ target: String) throws {
        let api = try TestAPI(Settings().with(Settings.basePath, "/iredadmin"))
        #expect(try api.nobody.send(.get, target).word == "LOGIN_REQUIRED")
    }

    @Test(arguments: [
        "/iredadmin/iredadmin/api/domains", "/iredadmi/api/domains", "/iredadmin", "/iredadmin/", "/iredadmin/x",
    ])
    func anotherPrefixIsNotFound(_ target: String) throws {
        let api = try TestAPI(Settings().with(Settings.basePath, "/iredadmin"))
        #expect(try api.nobody.send(.get, target).word == "NOT_FOUND")
    }

    @Test func theSessionIsAskedBeforeTheSyntaxOfThePath() throws {
        let api = try TestAPI()
        #expect(try api.nobody.send(.get, "/api/domain/..").word == "LOGIN_REQUIRED")
        #expect(try api.nobody.send(.get, "/api/user/x").word == "LOGIN_REQUIRED")
    }

    @Test func theSyntaxOfThePathIsAskedBeforeTheRights() throws {
        let api = try TestAPI()
        try api.addAdmin("dan@office.example")
        let admin = try api.client("dan@office.example")
        #expect(try admin.send(.get, "/api/domain/x").word == "INVALID_DOMAIN_NAME")
        #expect(try admin.send(.get, "/api/user/x").word == "INVALID_MAIL")
    }
}
