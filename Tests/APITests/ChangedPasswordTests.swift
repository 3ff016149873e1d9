import Gateway
import Storage
import Testing

/// Whichever way a password is changed, sessions that began with the old one end: `Security.md` A10.
struct ChangedPasswordTests {
    private let api: TestAPI
    private let root: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        for name in ["jo", "al"] {
            try api.addMailbox("\(name)@a.example", isAdmin: true)
            try api.run("INSERT INTO domain_admins (username, domain) VALUES (\(name + "@a.example"), 'a.example')")
        }
        try api.addAdmin("dan@office.example", of: ["a.example"])
        root = try api.globalAdmin()
    }

    @Test(arguments: [
        ("/api/user/jo@a.example", "password=Other-5678", ["jo@a.example"]),
        ("/api/user/jo@a.example", "password_hash=%7BPLAIN%7DOther-5678", ["jo@a.example"]),
        ("/api/users/a.example", "password=Other-5678", ["al@a.example", "jo@a.example"]),
        ("/api/admin/dan@office.example", "password=Other-5678", ["dan@office.example"]),
    ])
    func theirSessionsEndAndNoOthers(_ target: String, _ form: String, _ changed: [String]) throws {
        let names = ["al@a.example", "dan@office.example", "jo@a.example"]
        let sessions = try names.map { ($0, [try api.client($0), try api.client($0)]) }
        try root.done(.put, target, form)
        for (name, clients) in sessions {
            for client in clients {
                let word = try client.send(.get, "/api/domain/a.example").word
                #expect(word == (changed.contains(name) ? "LOGIN_REQUIRED" : nil), "\(name)")
            }
            let login = try api.nobody.send(.post, "/api/login", "username=\(name)&password=\(TestAPI.password)")
            #expect(login.isSuccess == !changed.contains(name), "\(name)")
        }
        #expect(try root.send(.get, "/api/domains").isSuccess)
    }

    @Test func whoChangesTheOwnKeepsOnlyTheSessionItWasDoneIn() throws {
        let other = try api.globalAdmin()
        try root.done(.put, "/api/admin/\(TestAPI.admin)", "password=Other-5678")
        #expect(try root.send(.get, "/api/domains").isSuccess)
        #expect(try other.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }
}
