import Gateway
import Storage
import Testing

/// Where parameters come from and what their names and values may be: `Contract.md` 2.1, `Security.md` A16, A18, D1,
/// D2, D5.
struct ParameterTests {
    private func admin() throws -> TestAPI.Client {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        return try api.globalAdmin()
    }

    private func name(_ admin: TestAPI.Client) throws -> String? {
        try admin.api.rows("SELECT name FROM mailbox WHERE username = 'jo@a.example'").first
    }

    @Test(arguments: [
        ("name=Query", nil, "Query"), ("name=Query", "name=Body", "Body"), ("name=Query", "name=", ""),
        ("", "name=Body", "Body"), ("name=Query", "employeeid=1", "Query"), ("cn=Query", "name=Body", "Body"),
        ("name=Query", "cn=Body", "Query"),
    ])
    func theBodyGoesBeforeTheQuery(_ query: String, _ body: String?, _ stored: String) throws {
        let admin = try admin()
        try admin.done(.put, "/api/user/jo@a.example?\(query)", body)
        #expect(try name(admin) == stored)
    }

    @Test(arguments: [("?name=One&name=Two", nil), ("", "name=One&name=Two"), ("?name=0", "name=1&x=y&name=Two")])
    func ofARepeatedParameterTheLastCounts(_ query: String, _ body: String?) throws {
        let admin = try admin()
        try admin.done(.put, "/api/user/jo@a.example\(query)", body)
        #expect(try name(admin) == "Two")
    }

    @Test(arguments: [
        ("cn=Old", "name", "Old"), ("cn=Old&name=New", "name", "New"), ("name=New&cn=Old", "name", "New"),
        ("preferredLanguage=de_DE", "language", "de_DE"),
        ("language=fr_FR&preferredLanguage=de_DE", "language", "fr_FR"),
        ("mailQuota=5", "quota", "5"), ("mailQuota=5&quota=6", "quota", "6"),
    ])
    func olderNamesAreTakenAndTheModernOneWins(_ form: String, _ column: String, _ stored: String) throws {
        let admin = try admin()
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(try admin.api.rows(SQL(trusted: "SELECT \(column) FROM mailbox")) == [stored])
    }

    @Test(arguments: ["Name=X", "NAME=X", "nam=X", "name[]=X", "name%00=X%20", "=X", "&&=&name%20=X"])
    func namesAreCaseSensitiveAndUnknownOnesArePassedOver(_ form: String) throws {
        let admin = try admin()
        let before = try admin.api.contents()
        if form.contains("%00") {
            #expect(try admin.refusal(.put, "/api/user/jo@a.example", form) == "INVALID_PARAMETER")
        } else {
            try admin.done(.put, "/api/user/jo@a.example", form)
        }
        #expect(try admin.api.contents() == before)
    }

    @Test(arguments: [
        "name=%20%20Jo%20", "name=+Jo+", "name=%09Jo%0A", "name=%0D%0AJo", "name=%C2%A0Jo%E3%80%80",
    ])
    func whiteSpaceAroundAValueIsStripped(_ form: String) throws {
        let admin = try admin()
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(try name(admin) == "Jo")
    }

    @Test(arguments: ["name=J+o", "name=J%20o", "name=%4a%20%6F"])
    func formsAreDecodedOnce(_ form: String) throws {
        let admin = try admin()
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(try name(admin) == "J o")
    }

    @Test func aDecodedPercentSignIsNotDecodedAgain() throws {
        let admin = try admin()
        try admin.done(.put, "/api/user/jo@a.example", "name=%2541%252B")
        #expect(try name(admin) == "%41%2B")
    }

    @Test(arguments: [
        "name=%", "name=%4", "name=%4g", "name=%zz", "name=%ff", "name=%c0%af", "name=%ed%a0%80", "name=%f4%90%80%80",
        "name=Jo&x=%ff", "%ff=Jo",
        // More marks in a row than can be compared in good time.
        "name=" + String(repeating: "%cc%81", count: 31), String(repeating: "%cc%a3", count: 31) + "=Jo",
    ])
    func whatIsNoUTF8IsUnreadable(_ text: String) throws {
        let admin = try admin()
        for (query, body) in [("?\(text)", nil), ("", text)] {
            let answer = try admin.api.refusal { try admin.send(.put, "/api/user/jo@a.example\(query)", body) }
            #expect(answer.word == "INVALID_PARAMETER")
            #expect(answer.status == .badRequest)
        }
    }

    @Test(arguments: [
        "name=a%00b", "name=%00", "password=Secret-1234%00x", "forwarding=x@b.example%00", "quota=1%00", "bogus=%00",
    ])
    func aNULIsRefusedInEveryParameter(_ form: String) throws {
        #expect(try admin().refusal(.put, "/api/user/jo@a.example", form) == "INVALID_PARAMETER")
    }

    @Test(arguments: [
        "%00", "%01", "a%0Ab", "a%1Bb", "a%7Fb", "a%C2%85b", "a%E2%80%AEb", "a%E2%80%A8b", "a%E2%81%A6b", "a%E2%80%8Fb",
    ])
    func aNameHasNoControlsAndNothingThatReordersText(_ value: String) throws {
        #expect(try admin().refusal(.put, "/api/user/jo@a.example", "name=\(value)") == "INVALID_PARAMETER")
    }

    @Test(arguments: [("PUT", "/api/user/jo@a.example"), ("POST", "/api/user/new@a.example")])
    func aPasswordInTheQueryIsRefused(_ method: String, _ target: String) throws {
        let query = "?password=Secret-1234"
        #expect(try admin().refusal(Method(method), target + query) == "INVALID_PARAMETER")
        #expect(try admin().refusal(Method(method), target + query, "name=Jo") == "INVALID_PARAMETER")
        #expect(try admin().refusal(Method(method), target + query, "password=Secret-5678") == "INVALID_PARAMETER")
    }

    @Test func aReadyHashInTheQueryIsRefused() throws {
        for target in ["/api/user/jo@a.example", "/api/user/new@a.example"] {
            let query = "?password_hash=%7BPLAIN%7Dx"
            let method: Method = target.contains("/new@") ? .post : .put
            #expect(try admin().refusal(method, target + query) == "INVALID_PARAMETER")
            #expect(try admin().refusal(method, target + query, "password_hash=%7BPLAIN%7Dx") == "INVALID_PARAMETER")
        }
    }

    @Test func aRequestMayHaveTwoHundredParameters() throws {
        let admin = try admin()
        let form = (1...199).map { "x\($0)=1" }.joined(separator: "&") + "&name=Jo"
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(try name(admin) == "Jo")
    }

    @Test func moreParametersAreTooMany() throws {
        let admin = try admin()
        func fields(_ range: ClosedRange<Int>) -> String { range.map { "x\($0)=1" }.joined(separator: "&") }
        for (query, body) in [
            ("?" + fields(1...201), nil), ("", fields(1...201)), ("?" + fields(1...101), fields(102...201)),
        ] {
            let answer = try admin.api.refusal { try admin.send(.put, "/api/user/jo@a.example\(query)", body) }
            #expect(answer.status == .contentTooLarge)
            #expect(answer.word == "INVALID_PARAMETER")
        }
    }

    @Test func aBodyOfADeleteIsIgnored() throws {
        let admin = try admin()
        try admin.done(.delete, "/api/user/jo@a.example", "x=%ff&keep_mailbox_days=3")
        #expect(try admin.api.rows("SELECT username, delete_date FROM deleted_mailboxes") == ["jo@a.example|NULL"])
    }

    @Test func aBodyOfAGetIsIgnored() throws {
        let admin = try admin()
        #expect(
            try admin.send(.get, "/api/domains?name_only=yes", "name_only=no&x=%ff").data as? [String] == ["a.example"])
    }

    @Test func aPutWithoutAKnownParameterChangesNothing() throws {
        let admin = try admin()
        let before = try admin.api.contents() + admin.api.log()
        for form in [nil, "", "bogus=1", "&", "quota=", "addAlias=", "removeAlias="] {
            try admin.done(.put, "/api/user/jo@a.example", form)
            #expect(try admin.api.contents() + admin.api.log() == before)
        }
    }
}
