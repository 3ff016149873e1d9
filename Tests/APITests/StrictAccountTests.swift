import Gateway
import Storage
import Testing

/// Strict handling of lists, names and places that are passed over otherwise: `Contract.md` 2.4.
struct StrictAccountTests {
    private let api: TestAPI
    private var strict: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addAdmin("dan@office.example")
        strict = try api.globalAdmin()
        strict.isStrict = true
    }

    private static let calls = [
        ("/api/alias/team@a.example", "members=jo@a.example,bogus", "INVALID_MAIL"),
        ("/api/alias/team@a.example", "addMember=bogus", "INVALID_MAIL"),
        ("/api/alias/team@a.example", "members=x@c.example,X@c.example", "INVALID_PARAMETER"),
        ("/api/alias/team@a.example", "bogus=1", "INVALID_PARAMETER"),
        ("/api/alias/team@a.example", "name=A&cn=B", "INVALID_PARAMETER"),
        ("/api/alias/team@a.example", "addModerator=x@c.example,x", "INVALID_MAIL"),
        ("/api/domain/a.example", "disableDomainProfile=bcc,bogus", "INVALID_PARAMETER"),
        ("/api/domain/a.example", "enableService=mail", "INVALID_PARAMETER"),
        ("/api/domain/a.example", "catchall=jo@a.example,bogus", "INVALID_MAIL"),
        ("/api/domain/a.example", "aliasDomains=c.example,x", "INVALID_DOMAIN_NAME"),
        ("/api/domain/a.example", "aliasDomains=b.example", "ALREADY_EXISTS"),
        ("/api/user/jo@a.example", "removeService=imap,imap", "INVALID_PARAMETER"),
        ("/api/user/jo@a.example", "addForwarding=x", "INVALID_MAIL"),
        ("/api/user/jo@a.example", "mailboxFormat=mbox", "INVALID_PARAMETER"),
        ("/api/user/jo@a.example", "mailboxFolder=a/b", "INVALID_PARAMETER"),
        ("/api/user/jo@a.example", "maildir=relative", "INVALID_PARAMETER"),
        ("/api/users/a.example", "bogus=1", "INVALID_PARAMETER"),
        ("/api/admin/dan@office.example", "Name=X", "INVALID_PARAMETER"),
        ("/api/domain/admins/a.example", "addAdmin=bogus", "INVALID_MAIL"),
    ]

    @Test(arguments: calls)
    func refusesWhatIsSkippedOtherwise(_ target: String, _ form: String, _ word: String) throws {
        let answer = try api.refusal { try strict.send(.put, target, form) }
        #expect(answer.word == word)
        #expect(answer.headers["Preference-Applied"] == "handling=strict")
        #expect(answer.status == (word == "ALREADY_EXISTS" ? .conflict : .unprocessable))
        var lenient = strict
        lenient.isStrict = false
        #expect(try lenient.send(.put, target, form).isSuccess)
    }
}
