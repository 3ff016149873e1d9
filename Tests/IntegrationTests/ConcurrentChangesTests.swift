import Foundation
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// Several admins change the same few accounts at once, through nginx.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: PostfixReader.isInstalled, "needs postfix-sqlite"))
    struct ConcurrentChangesTests {
        private let system: MailSystem
        private let postfix: PostfixReader

        init() throws {
            system = try MailSystem()
            postfix = try system.makePostfix()
            for domain in ["a.example", "b.example"] { try system.add(domain: domain) }
            for user in ["jo@a.example", "al@a.example", "jo@b.example", "mo@b.example"] { try system.add(user: user) }
            let client = system.client
            try client.change(.put, "/api/domain/a.example", [("addAliasDomain", "alias.example")])
            try client.change(.post, "/api/admin/dan@office.example", [("password", "User-pw-1")])
            try client.change(
                .post, "/api/admin/cora@office.example", [("password", "User-pw-1"), ("maxDomains", "0")])
            try client.change(
                .put, "/api/domain/admins/a.example", [("addAdmin", "dan@office.example,cora@office.example")])
            try client.change(.put, "/api/domain/admins/b.example", [("addAdmin", "mo@b.example,cora@office.example")])
        }

        @Test func theAccountsStaySoundAndPostfixFindsThem() throws {
            let (nginx, root) = (system.nginx, system.client.cookie)
            let words = Mutex<[String: Int]>([:])
            let port = nginx.port
            // All logged in before the first change: the others may take an admin's rights, or the account.
            let admins = ["dan@office.example", "cora@office.example", "mo@b.example"]
            let sessions = try admins.map { admin in
                let client = APIClient(port: port, cookie: nil)
                try client.logIn(admin, "User-pw-1")
                return client.cookie
            }
            let crew = Crew(6) { member in
                let client = APIClient(port: port, cookie: member < 3 ? root : sessions[member - 3])
                var calls = FewNames(seed: UInt64(member))
                return { _ in
                    let call = calls.next()
                    let answer = try client.send(call.method, call.path, call.form)
                    guard answer.status == 200, let envelope = answer.envelope else {
                        throw Program.Failure(description: "\(call): \(answer.status) \(answer.text)")
                    }
                    let word = envelope["_success"] as? Bool == true ? "done" : answer.word ?? "no word"
                    words.withLock { $0[word, default: 0] += 1 }
                }
            }
            defer { crew.abandon() }
            // Those whose admin is gone are refused quickly, and are many then.
            let isEnough = Program.wait(atMost: .seconds(60)) {
                words.withLock { $0.values.reduce(0, +) >= 3000 && $0["done", default: 0] >= 600 }
            }
            try crew.stop()
            #expect(isEnough, "\(words.withLock(\.self))")
            for (rule, query) in AccountRules.all {
                #expect(try system.postern.sql(query + ";") == "", "\(rule)")
            }
            try compareWithPostfix()
        }

        /// Of every user, what Postfix finds is what the API shows.
        private func compareWithPostfix() throws {
            let users = try system.postern.mailboxes()
            let profiles = try users.map { user in
                try #require(try system.client.send(.get, "/api/user/\(user)").profile, "\(user)")
            }
            let disabled = Set(profiles.filter { $0["active"] as? Int == 0 }.compactMap { $0["username"] as? String })
            for profile in profiles {
                let user = try #require(profile["username"] as? String)
                let shown = disabled.contains(user) ? [] : (profile["forwardings"] as? [String] ?? [])
                let found = try postfix.query(map: "virtual-alias-maps", key: user) ?? ""
                #expect(
                    Set(found.split(separator: ",").map(String.init)) == Set(shown).subtracting(disabled), "\(user)")
            }
        }
    }
}

/// Random changes over few names, so that they meet.
private struct FewNames {
    struct Call {
        let method: APIClient.Method
        let path: String
        let form: [(String, String)]

        init(_ method: APIClient.Method, _ path: String, _ form: [(String, String)] = []) {
            self.method = method
            self.path = path
            self.form = form
        }
    }

    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private mutating func pick(_ texts: String...) -> String { texts[Int.random(in: texts.indices, using: &numbers)] }

    private mutating func domain() -> String { pick("a.example", "b.example") }

    private mutating func address() -> String { "\(pick("jo", "al", "team", "list", "x"))@\(domain())" }

    private mutating func addresses() -> String {
        [address(), address(), "x@away.example"].shuffled(using: &numbers).prefix(2).joined(separator: ",")
    }

    private mutating func status() -> String { pick("active", "disabled") }

    mutating func next() -> Call {
        let user = "/api/user/\(address())"
        let list = "/api/\(pick("alias", "maillist"))/\(address())"
        switch Int.random(in: 0..<16, using: &numbers) {
        case 0, 1: return Call(.post, user, [("password", "User-pw-1")])
        case 2: return Call(.put, user, [("forwarding", addresses())])
        case 3: return Call(.put, user, [(pick("addForwarding", "removeForwarding"), addresses())])
        case 4: return Call(.put, user, [(pick("addAlias", "removeAlias", "aliases"), addresses())])
        case 5: return Call(.put, user, [("accountStatus", status())])
        case 6: return Call(.put, user, [("senderBcc", address()), ("outboundRelay", pick("", "mx"))])
        case 7: return Call(.delete, "/api/user/\(pick("jo", "al", "x"))@a.example")
        case 8: return Call(.post, "\(user)/change_email/\(address())")
        case 9: return Call(.post, list, [("members", addresses())])
        case 10: return Call(.put, list, [(pick("members", "addMember", "removeMember"), addresses())])
        case 11: return Call(.put, list, [("accountStatus", status())])
        case 12: return Call(.delete, list)
        case 13: return Call(.put, "/api/domain/\(domain())", [("catchall", addresses())])
        case 14: return Call(.put, "/api/users/\(domain())", [("accountStatus", status())])
        default: return Call(.get, pick("/api/domains", "/api/users/a.example", "/api/aliases/b.example"))
        }
    }
}
