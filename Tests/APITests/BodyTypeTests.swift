import Gateway
import Storage
import Testing

/// Form, multipart and JSON bodies: `Contract.md` 2.1, `Security.md` D4.
struct BodyTypeTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    private func put(_ body: String, _ contentType: String?) throws -> Answer {
        try put(Array(body.utf8), contentType)
    }

    private func put(_ body: [UInt8], _ contentType: String?) throws -> Answer {
        var request = Request(.put, "/api/user/jo@a.example")
        request.cookie = admin.cookie
        request.contentType = contentType
        request.body = body
        return try api.send(request)
    }

    private var stored: String? {
        get throws { try api.rows("SELECT name, quota, employeeid, language, active FROM mailbox").first }
    }

    @Test(arguments: [
        nil, "", "application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded ; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=\"utf-8\"", "application/x-www-form-urlencoded; charset=utf8",
    ])
    func aFormIsReadAlsoWithoutAType(_ contentType: String?) throws {
        #expect(try put("name=J%C3%B6&quota=5", contentType).body == Answer.done)
        #expect(try stored == "Jö|5|||1")
    }

    @Test(arguments: [
        "text/plain", "application/xml", "application/jsonx", "application/json-patch+json",
        "multipart/mixed; boundary=x",
        "application/x-www-form-urlencoded; charset=iso-8859-1", "application/json; charset=utf-16", "x",
        "application/octet-stream",
    ])
    func anotherTypeIsUnsupported(_ contentType: String) throws {
        let answer = try api.refusal { try put("name=Jo", contentType) }
        #expect(answer.status == .unsupportedMediaType)
        #expect(answer.word == "INVALID_PARAMETER")
    }

    @Test func theTypeOfAnEmptyBodyDoesNotMatter() throws {
        #expect(try put("", "text/plain").body == Answer.done)
    }

    @Test func aFormThatIsNoUTF8IsUnreadable() throws {
        let answer = try api.refusal { try put(Array("name=J".utf8) + [0xf6], nil) }
        #expect(answer.status == .badRequest)
    }

    @Test func multipartIsRead() throws {
        let body = [
            "--b-1", "Content-Disposition: form-data; name=\"name\"", "", "Jö & Co=1", "--b-1",
            "content-disposition: form-data; name=\"quota\"", "Content-Type: text/plain; charset=utf-8", "", "7",
            "--b-1--", "",
        ].joined(separator: "\r\n")
        #expect(try put(body, "multipart/form-data; boundary=b-1").body == Answer.done)
        #expect(try stored == "Jö & Co=1|7|||1")
    }

    @Test(arguments: [
        ("", "x"), ("; boundary=", "x"), ("; boundary=b", "name=Jo"), ("; boundary=b", "--b\r\n"),
        ("; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nJo"),
        ("; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nJo\r\n--b--"),
        ("; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nJo\r\n--b--"),
    ])
    func damagedMultipartIsUnreadable(_ boundary: String, _ body: String) throws {
        let answer = try api.refusal { try put(body, "multipart/form-data" + boundary) }
        #expect(answer.status == .badRequest)
        #expect(answer.word == "INVALID_PARAMETER")
    }

    @Test func multipartThatIsNoUTF8IsUnreadable() throws {
        let body =
            Array("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n".utf8) + [0xff]
            + Array("\r\n--b--".utf8)
        #expect(try api.refusal { try put(body, "multipart/form-data; boundary=b") }.status == .badRequest)
    }

    @Test func moreThanTwoHundredPartsAreTooMany() throws {
        let part = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n"
        let body = String(repeating: part, count: 201) + "--b--"
        #expect(try api.refusal { try put(body, "multipart/form-data; boundary=b") }.status == .contentTooLarge)
    }

    @Test(arguments: [
        (#"{"name": "J\u00f6", "quota": 5}"#, "Jö|5|||1"), (#"{"name": null, "quota": "6"}"#, "|6|||1"),
        (#"{"accountStatus": false, "name": true}"#, "yes|0|||0"), (#" {"employeeid": 4711} "#, "|0|4711||1"),
        ("{}", "|0|||1"),
        (#"{"name": "\ud83d\udcec", "language": "de_DE"}"#, "📬|0||de_DE|1"),
        (#"{"name": "a", "name": "b"}"#, "b|0|||1"),
        (#"{"employeeid": -1.5}"#, "|0|-1.5||1"),
    ])
    func aFlatJSONObjectIsRead(_ body: String, _ expected: String) throws {
        #expect(try put(body, "application/json; charset=utf-8").body == Answer.done)
        #expect(try stored == expected)
    }

    @Test func aLargeNumberInJSONIsExact() throws {
        #expect(try put(#"{"employeeid": 9007199254740993}"#, "application/json").body == Answer.done)
        #expect(try stored == "|0|9007199254740993||1")
    }

    @Test func anArrayOfStringsIsACommaList() throws {
        let answer = try put(#"{"forwarding": ["x@b.example", "y@b.example"]}"#, "application/json")
        #expect(answer.body == Answer.done)
        #expect(try api.rows("SELECT forwarding FROM forwardings ORDER BY 1") == ["x@b.example", "y@b.example"])
    }

    @Test func anEmptyArrayIsTheEmptyValue() throws {
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        #expect(try put(#"{"aliases": []}"#, "application/json").body == Answer.done)
        #expect(try api.rows("SELECT address FROM forwardings WHERE is_alias = 1") == [])
    }

    @Test(arguments: [
        #"{"name": {"a": 1}}"#, #"{"name": [["a"]]}"#, #"{"name": [1]}"#, #"{"name": ["a", null]}"#,
        #"{"name": [{"a": 1}]}"#,
        #"["name"]"#, #""name""#, "1", "null", "true", "{", "{name: 1}", "{'name': 'x'}", #"{"name": "x"} x"#,
        #"{"name": "x",}"#,
        #"{"name": 01}"#, #"{"name": +1}"#, #"{"name": NaN}"#, #"{"name": "\ud800"}"#, #"{"name": "\x41"}"#,
        "{\"name\": \"a\u{1}b\"}",
        #"{"name": "x" /* no */}"#,
    ])
    func otherJSONIsUnreadable(_ body: String) throws {
        let answer = try api.refusal { try put(body, "application/json") }
        #expect(answer.status == .badRequest)
        #expect(answer.word == "INVALID_PARAMETER")
    }

    @Test(arguments: [[0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]] as [[UInt8]])
    func jsonThatIsNoUTF8IsUnreadable(_ value: [UInt8]) throws {
        let body = Array(#"{"name": "#.utf8) + value + Array("}".utf8)
        #expect(try api.refusal { try put(body, "application/json") }.status == .badRequest)
    }

    @Test func jsonInUTF16IsUnreadable() throws {
        let body = #"{"name": "Jo"}"#.utf8.flatMap { [$0, 0] as [UInt8] }
        #expect(try api.refusal { try put(body, "application/json") }.status == .badRequest)
    }

    @Test func aNULInJSONIsRefused() throws {
        #expect(try api.refusal { try put(#"{"name": "a\u0000b"}"#, "application/json") }.word == "INVALID_PARAMETER")
    }

    @Test func moreThanTwoHundredMembersAreTooMany() throws {
        let body = "{" + (1...201).map { "\"x\($0)\": 1" }.joined(separator: ", ") + "}"
        #expect(try api.refusal { try put(body, "application/json") }.status == .contentTooLarge)
    }

    @Test func aPasswordInJSONIsInTheBody() throws {
        #expect(try put(#"{"password": "Other-5678"}"#, "application/json").body == Answer.done)
    }
}
