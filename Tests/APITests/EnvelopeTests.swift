import Gateway
import Storage
import Testing

/// What every answer looks like: `Contract.md` 2.3.
struct EnvelopeTests {
    @Test func aChangeIsAnsweredWithNothingButItsSuccess() throws {
        let api = try TestAPI()
        let admin = try api.globalAdmin()
        for (method, target, form) in [
            (Method.post, "/api/domain/a.example", "name=A"), (.post, "/api/user/jo@a.example", "password=Secret-1234"),
            (.put, "/api/user/jo@a.example", "name=Jo"), (.delete, "/api/user/jo@a.example", nil),
            (.delete, "/api/domain/a.example", nil), (.post, "/api/logout", nil),
        ] {
            let answer = try admin.send(method, target, form)
            #expect(answer.body == #"{"_success": true}"#)
            #expect(answer.status == .ok)
        }
    }

    @Test func aReadIsAnsweredWithItsData() throws {
        let api = try TestAPI()
        let answer = try api.globalAdmin().send(.get, "/api/domains?name_only=yes")
        #expect(answer.body == #"{"_success": true, "_data": []}"#)
        #expect(answer.status == .ok)
    }

    @Test func aRefusalIsAnsweredWithItsWordAndStatusOK() throws {
        let api = try TestAPI()
        let answer = try api.globalAdmin().send(.get, "/api/user/jo@a.example")
        #expect(answer.body == #"{"_success": false, "_msg": "NO_SUCH_ACCOUNT"}"#)
        #expect(answer.status == .ok)
    }

    @Test func anUnknownPathIsAnsweredInTheEnvelope() throws {
        let answer = try TestAPI().nobody.send(.get, "/api/nothing")
        #expect(answer.body == #"{"_success": false, "_msg": "NOT_FOUND"}"#)
        #expect(answer.status == .notFound)
    }

    @Test func aMethodThatIsNotServedIsAnsweredInTheEnvelope() throws {
        let answer = try TestAPI().nobody.send(.get, "/api/login")
        #expect(answer.body == #"{"_success": false, "_msg": "METHOD_NOT_ALLOWED"}"#)
        #expect(answer.status == .methodNotAllowed)
    }

    @Test(arguments: [(Request.Fault.malformed, HTTPStatus.badRequest), (.tooLarge, .contentTooLarge)])
    func anUnsoundRequestIsRefusedAndChangesNothing(_ fault: Request.Fault, _ status: HTTPStatus) throws {
        let api = try TestAPI()
        var request = Request(.post, "/api/domain/a.example?name=A")
        request.cookie = try api.globalAdmin().cookie
        request.fault = fault
        let answer = try api.refusal { try api.send(request) }
        #expect(answer.body == #"{"_success": false, "_msg": "INVALID_PARAMETER"}"#)
        #expect(answer.status == status)
    }

    @Test func everyAnswerIsJSONAndNoneIsForOtherSites() throws {
        let api = try TestAPI()
        let admin = try api.globalAdmin()
        for answer in [
            try admin.send(.get, "/api/domains"), try admin.send(.post, "/api/domain/a.example", "name=A"),
            try admin.send(.get, "/api/nothing"), try api.nobody.send(.get, "/api/domains"),
            try api.nobody.send(.put, "/api/domains"),
        ] {
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(answer.headers.keys.allSatisfy { !$0.hasPrefix("Access-Control") })
        }
    }

    @Test func textIsEscapedByTheRulesOfJSON() throws {
        let api = try TestAPI()
        let admin = try api.globalAdmin()
        try admin.done(.post, "/api/domain/a.example", "name=%3C/script%3E%22%5C%20%C3%BC%F0%9F%93%AC")
        let answer = try admin.send(.get, "/api/domain/a.example")
        #expect(answer.body.contains(#""description": "</script>\"\\ ü📬""#))
        #expect(answer.text("description") == #"</script>"\ ü📬"#)
    }

    @Test func controlCharactersInOldRowsAreEscaped() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.run("UPDATE domain SET description = \("a\u{1}\u{8}\t\n\u{c}\r\u{1b}\u{1f}\u{7f}b")")
        let answer = try api.globalAdmin().send(.get, "/api/domain/a.example")
        #expect(answer.body.contains(#""a\u0001\u0008\t\n\u000c\r\u001b\u001f"#))
        #expect(answer.text("description") == "a\u{1}\u{8}\t\n\u{c}\r\u{1b}\u{1f}\u{7f}b")
    }

    @Test func aDamagedDatabaseIsToldToTheOperatorAndNotToTheClient() throws {
        let api = try TestAPI()
        let admin = try api.globalAdmin()
        try api.addDomain("a.example")
        try api.run("ALTER TABLE moderators RENAME TO lost")
        defer { try? api.run("ALTER TABLE lost RENAME TO moderators") }
        let answer = try admin.send(.delete, "/api/domain/a.example")
        #expect(answer.body == #"{"_success": false, "_msg": "INTERNAL_ERROR"}"#)
        #expect(answer.status == .internalError)
        #expect(try api.rows("SELECT domain FROM domain") == ["a.example"])
        #expect(api.reports.lines.contains { $0.contains("DELETE /api/domain/<domain>") && $0.contains("moderators") })
    }
}
