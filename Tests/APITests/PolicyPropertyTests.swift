import Foundation
import Gateway
import MailStore
import Storage
import Testing

/// What holds for all policy endpoints, on random settings: `Contract.md` Appendix B.
struct PolicyPropertyTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in RandomPolicies.domains { try api.addDomain(domain) }
        for account in RandomPolicies.accounts { try api.addMailbox(account) }
        admin = try api.globalAdmin()
    }

    private static let scopes = ["global"] + RandomPolicies.domains + RandomPolicies.accounts
    private static let lists = ["inbound/whitelist", "inbound/blacklist", "outbound/whitelist", "outbound/blacklist"]

    /// Every setting that a GET shows, as the request that would set it; nil for one that is not set.
    private func settings(_ scope: String) throws -> [(method: Method, target: String, form: String?)] {
        func read(_ target: String, _ form: (Any?) -> String?) throws -> (String, String?) {
            let answer = try admin.send(.get, target)
            #expect(answer.isSuccess, "\(target): \(answer.body)")
            return (target, form(answer.data))
        }
        func pairs(_ names: [String]?) -> (Any?) -> String? {
            { data in
                let members = (data as? [String: Any] ?? [:])
                    .filter { name, value in
                        !(value is NSNull) && (names?.contains(name) ?? (name != "account" && name != "kind"))
                    }
                return members.isEmpty ? nil : members.map { "\($0)=\($1)" }.sorted().joined(separator: "&")
            }
        }
        func items(_ name: String) -> (Any?) -> String? {
            { data in
                guard let items = data as? [String], !items.isEmpty else { return nil }
                return "\(name)=\(items.joined(separator: ",").replacing("+", with: "%2B"))"
            }
        }
        let spam = try read(RandomPolicies.spamPolicy(scope), pairs(nil))
        let throttles = try ["inbound", "outbound"].map { try read("/api/throttle/\(scope)/\($0)", pairs(nil)) }
        let greylisting = try read("/api/greylisting/\(scope)", pairs(["status"]))
        let whitelists = try read("/api/greylisting/\(scope)/whitelists", items("senders"))
        let lists = try Self.lists.map { try read("/api/wblist/\($0)/\(scope)", items("addresses")) }
        return [(.put, spam.0, spam.1)]
            + (throttles + [greylisting, whitelists] + lists).map { (.post, $0.0, $0.1) }
    }

    @Test(arguments: [1, 77, 20_260_131] as [UInt64])
    func whatIsReadWritesBackAsItIs(_ seed: UInt64) throws {
        var random = RandomPolicies(seed: seed)
        var written = 0
        for round in 0..<12 {
            for _ in 0..<15 {
                let call = random.next()
                _ = try admin.send(call.method, call.target, call.form)
            }
            let before = try api.contents()
            for scope in Self.scopes {
                for setting in try settings(scope) {
                    guard let form = setting.form else { continue }
                    written += 1
                    let answer = try admin.send(setting.method, setting.target, form)
                    #expect(answer.body == Answer.done, "seed \(seed): \(setting.target) \(form)")
                    let after = try api.contents()
                    #expect(after == before, "seed \(seed), round \(round): \(setting.target) \(form)")
                    if after != before { return }
                }
            }
        }
        #expect(written > 150, "hardly anything was set: \(written)")
    }

    /// How a setting is taken away, one after the other; both colours of a list, since an entry has one of them only.
    private func clear(_ scope: String) throws {
        try admin.done(.delete, RandomPolicies.spamPolicy(scope))
        for kind in ["inbound", "outbound"] { try admin.done(.post, "/api/throttle/\(scope)/\(kind)", "period=0") }
        try admin.done(.delete, "/api/greylisting/\(scope)")
        try admin.done(.post, "/api/greylisting/\(scope)/whitelists", "senders=")
        for list in Self.lists { try admin.done(.delete, "/api/wblist/\(list)/\(scope)") }
    }

    /// All that is stored but `mailaddr`, whose unused rows a periodic job removes.
    private func contents() throws -> [String] { try api.contents().filter { !$0.hasPrefix("mailaddr: ") } }

    @Test(arguments: [2, 78, 20_260_201] as [UInt64])
    func whatIsTakenAwayLeavesNoTrace(_ seed: UInt64) throws {
        var random = RandomPolicies(seed: seed)
        for round in 0..<8 {
            for _ in 0..<15 {
                let call = random.next()
                _ = try admin.send(call.method, call.target, call.form)
            }
            let scope = random.scope()
            try clear(scope)
            let before = try contents()
            let list = random.pick(Self.lists)
            let writes: [(Method, String, String)] = [
                (.put, RandomPolicies.spamPolicy(scope), random.spamPolicyForm()),
                (.post, "/api/throttle/\(scope)/inbound", "period=60&max_msgs=\(round)"),
                (.post, "/api/throttle/\(scope)/outbound", "period=60&msg_size=\(round)"),
                (.post, "/api/greylisting/\(scope)", "status=\(random.pick(["enable", "disable"]))"),
                (.post, "/api/greylisting/\(scope)/whitelists", "addSenders=\(random.peerList())"),
                (.post, "/api/wblist/\(list)/\(scope)", "addresses=\(random.peerList())"),
            ]
            for (method, target, form) in writes.shuffled(using: &random.numbers) {
                try admin.done(method, target, form)
            }
            #expect(try contents() != before, "seed \(seed): nothing was written for \(scope)")
            try clear(scope)
            #expect(try contents() == before, "seed \(seed), round \(round): \(scope) \(writes)")
        }
    }

    /// Every policy row with the scope it belongs to, without the numbers that tie tables together.
    private func rowsByScope() throws -> [(scope: String, row: String)] {
        func all(_ table: String, _ sql: SQL, _ file: StoreFile) throws -> [(String, String)] {
            try api.rows(sql, in: file).map { row in
                (String(row.prefix { $0 != "|" }), "\(table): \(row)")
            }
        }
        return try all(
            "users", "SELECT email, priority, policy_id FROM users ORDER BY 1", .amavisd)
            + all("policy", "SELECT policy_name, policy.* FROM policy ORDER BY 1", .amavisd)
            + all(
                "wblist",
                """
                SELECT users.email, mailaddr.email, wb
                  FROM wblist JOIN users ON users.id = rid JOIN mailaddr ON mailaddr.id = sid
                 ORDER BY 1, 2
                """, .amavisd)
            + all(
                "outbound_wblist",
                """
                SELECT users.email, mailaddr.email, wb
                  FROM outbound_wblist JOIN users ON users.id = sid JOIN mailaddr ON mailaddr.id = rid
                 ORDER BY 1, 2
                """, .amavisd)
            + all("throttle", "SELECT account, throttle.* FROM throttle ORDER BY 1, kind", .iredapd)
            + all("greylisting", "SELECT account, greylisting.* FROM greylisting ORDER BY 1, sender", .iredapd)
            + all(
                "whitelists",
                "SELECT account, greylisting_whitelists.* FROM greylisting_whitelists ORDER BY 1, sender", .iredapd)
            + all("spf", "SELECT '@.', domain FROM greylisting_whitelist_domains ORDER BY 2", .iredapd)
            + all(
                "spf rows",
                "SELECT account, sender, comment FROM greylisting_whitelist_domain_spf ORDER BY 1, 2", .iredapd)
    }

    @Test(arguments: [3, 79, 20_260_301] as [UInt64])
    func aDomainsAdminChangesNothingOutsideIt(_ seed: UInt64) throws {
        try api.addAdmin("dan@office.example", of: ["a.example"])
        let dan = try api.client("dan@office.example")
        var random = RandomPolicies(seed: seed)
        var (allowed, refused) = (0, 0)
        for _ in 0..<250 {
            let isForeign = { (scope: String) in scope != "@a.example" && !scope.hasSuffix("@a.example") }
            let call = random.next()
            if random.chance(30) {
                _ = try admin.send(call.method, call.target, call.form)
                continue
            }
            let before = try rowsByScope().filter { isForeign($0.scope) }.map(\.row)
            let answer = try dan.send(call.method, call.target, call.form)
            let after = try rowsByScope().filter { isForeign($0.scope) }.map(\.row)
            #expect(before == after, "seed \(seed): \(call)")
            let isOwn = call.target.split(separator: "/").contains { $0 == "a.example" || $0.hasSuffix("@a.example") }
            if answer.isSuccess { allowed += 1 } else { refused += 1 }
            #expect(isOwn || answer.word == "PERMISSION_DENIED", "seed \(seed): \(call) \(answer.body)")
        }
        #expect(allowed > 30 && refused > 30, "\(allowed) allowed, \(refused) refused")
    }
}
