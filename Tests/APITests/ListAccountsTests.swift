import Gateway
import Mail
import Storage
import Testing

@testable import MailStore

/// `GET /api/users/<domain>` and `GET /api/aliases/<domain>`: `Contract.md` 7.6, 9.1.
struct ListAccountsTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example", "empty.example"] { try api.addDomain(domain) }
        for name in ["c", "a", "d", "b"] {
            try api.addMailbox("\(name)@a.example", active: name < "c")
            try api.addAlias("\(name)-team@a.example", members: ["\(name)@a.example"], active: name < "c")
        }
        try api.addMailbox("x@b.example")
        try api.addAlias("x-team@b.example")
        try api.addList("list@a.example", members: ["a@a.example"])
        admin = try api.globalAdmin()
    }

    /// The addresses of an answer, whether names or profiles, without what follows them.
    private func letters(_ answer: Answer, _ key: String) throws -> String {
        let names: [String] =
            if let names = answer.data as? [String] { names } else {
                try #require(answer.data as? [[String: Any]]).compactMap { $0[key] as? String }
            }
        return names.map { String($0.prefix(1)) }.joined()
    }

    /// Without a snapshot, a mailbox may be deleted between the look for the addresses and that for their profiles.
    @Test func aMailboxThatIsDeletedMeanwhileHidesNoOther() throws {
        let reader = try Store(api.place, .reader)
        var found: [String] = []
        let count = try reader.forEachMailboxProfile(
            in: try #require(DomainName("a.example")),
            ["a@a.example", "aa@a.example", "b@a.example", "c@a.example", "cc@a.example", "d@a.example"]
        ) { profile in found.append(String(profile.row.text(0).prefix(1))) }
        #expect(found.joined() == "abcd" && count == 4)
    }

    private static let kinds = [("users", "username"), ("aliases", "address")]

    @Test(
        arguments: kinds,
        [
            ("", "abcd"), ("?email_only=yes", "abcd"), ("?disabled_only=yes", "cd"),
            ("?email_only=1&disabled_only=1", "cd"),
            ("?email_only=no", "abcd"), ("?limit=2", "ab"), ("?limit=4", "abcd"), ("?limit=&after=", "abcd"),
            ("?disabled_only=yes&limit=1", "c"), ("?email_only=yes&after=b@a.example", "cd"), ("?after=zzz", ""),
        ])
    func isInOrderAndOfTheDomainOnly(_ kind: (path: String, key: String), _ query: (text: String, letters: String))
        throws
    {
        let after = kind.path == "aliases" ? query.text.replacing("b@", with: "b-team@") : query.text
        let answer = try admin.send(.get, "/api/\(kind.path)/a.example\(after)")
        #expect(try letters(answer, kind.key) == query.letters)
    }

    @Test(arguments: kinds, [1, 2, 3, 4, 5])
    func theLinksLeadThroughTheWholeList(_ kind: (path: String, key: String), _ limit: Int) throws {
        var target = "/api/\(kind.path)/a.example?email_only=yes&limit=\(limit)"
        var seen = ""
        for _ in 1...5 {
            let answer = try admin.send(.get, target)
            seen += try letters(answer, kind.key)
            guard let link = answer.headers["Link"] else { break }
            #expect(link.hasSuffix(">; rel=\"next\""))
            target = String(link.dropFirst().prefix { $0 != ">" })
        }
        #expect(seen == "abcd")
        #expect(try admin.send(.get, target).headers["Link"] == nil)
    }

    @Test(arguments: kinds)
    func theWholeListHasNoLink(_ path: String, _ key: String) throws {
        #expect(try admin.send(.get, "/api/\(path)/a.example").headers["Link"] == nil)
        #expect(try admin.send(.get, "/api/\(path)/empty.example").body == #"{"_success": true, "_data": []}"#)
    }

    @Test(arguments: ["limit=0", "limit=10001", "limit=x", "limit=-1", "email_only=maybe", "disabled_only=2"])
    func refuses(_ query: String) throws {
        for path in ["users", "aliases"] {
            #expect(try admin.refusal(.get, "/api/\(path)/a.example?\(query)") == "INVALID_PARAMETER")
        }
    }

    @Test func aUsersProfileIsTheOneOfHisOwnPage() throws {
        let list = try #require(try admin.send(.get, "/api/users/a.example").data as? [[String: Any]])
        let one = try #require(try admin.send(.get, "/api/user/a@a.example").data as? [String: Any])
        #expect(list[0].keys.sorted() == one.keys.sorted())
        #expect(list.allSatisfy { $0["password"] == nil })
        #expect(list[0]["member_of_aliases"] as? [String] == ["a-team@a.example"])
    }

    /// More than are read at a time, with the same names in another domain between them.
    @Test func whatBelongsToEachOfManyIsShownWithIt() throws {
        let names = (100..<250).map { "m\($0)" }
        for (index, name) in names.enumerated() {
            let user = "\(name)@a.example"
            for domain in ["a.example", "b.example"] { try api.addMailbox("\(name)@\(domain)") }
            try api.addForwarding("\(name)@b.example", to: "elsewhere@c.example")
            try api.addForwarding("extra-\(name)@b.example", to: "\(name)@b.example", flag: .isAlias)
            if index % 2 == 0 { try api.addForwarding(user, to: "\(name)@c.example") }
            if index % 3 == 0 { try api.addForwarding("extra-\(name)@a.example", to: user, flag: .isAlias) }
            if index % 5 == 0 { try api.addAlias("team-\(name)@b.example", members: [user]) }
            if index % 7 == 0 { try api.addList("list-\(name)@b.example", members: [user]) }
            if index % 11 == 0 {
                try api.run("INSERT INTO domain_admins (username, domain) VALUES (\(user), 'b.example')")
            }
            if index % 13 == 0 {
                try api.run("DELETE FROM forwardings WHERE address = \(user) AND forwarding = \(user)")
            }
            if index % 17 == 0 {
                try api.run(
                    "INSERT INTO used_quota (username, bytes, messages) VALUES (\(user), \(index), 1)", on: .usage)
            }
        }
        let list = try #require(try admin.send(.get, "/api/users/a.example?after=m").data as? [[String: Any]])
        #expect(list.map { $0["username"] as? String } == names.map { "\($0)@a.example" })
        for (index, (name, profile)) in zip(names, list).enumerated() {
            func expect(_ key: String, _ texts: String..., when isThere: Bool) {
                #expect(profile[key] as? [String] == (isThere ? texts : []), "\(key) of \(name)")
            }
            let own = index % 13 == 0 ? [] : ["\(name)@a.example"]
            let elsewhere = index % 2 == 0 ? ["\(name)@c.example"] : []
            #expect(profile["forwardings"] as? [String] == own + elsewhere, "\(name)")
            expect("aliases", "extra-\(name)@a.example", when: index % 3 == 0)
            expect("member_of_aliases", "team-\(name)@b.example", when: index % 5 == 0)
            expect("member_of_maillists", "list-\(name)@b.example", when: index % 7 == 0)
            expect("managed_domains", "b.example", when: index % 11 == 0)
            #expect(profile["stored_bytes"] as? Int == (index % 17 == 0 ? index : 0), "\(name)")
        }
    }

    @Test func anAliasProfileIsTheOneOfItsOwnPage() throws {
        let list = try #require(try admin.send(.get, "/api/aliases/a.example").data as? [[String: Any]])
        let one = try #require(try admin.send(.get, "/api/alias/a-team@a.example").data as? [String: Any])
        #expect(list[0].keys.sorted() == one.keys.sorted())
        #expect(list[0]["members"] as? [String] == ["a@a.example"])
    }
}
