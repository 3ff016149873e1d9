import Gateway
import Support

/// Policy settings and mails over few names, so that they meet.
struct RandomPolicies {
    struct Call: CustomStringConvertible {
        let method: Method
        let target: String
        let form: String?

        var description: String { "\(method.text) \(target) \(form ?? "")" }
    }

    static let domains = ["a.example", "b.example"]
    static let accounts = ["jo@a.example", "al@a.example", "jo@b.example"]
    static let senders =
        ["s@far.test", "s+tag@far.test", "t@far.test", "s@sub.far.test", "x@near.test", "", "nobody@nowhere.test"]
        + accounts
    static let clients = [
        "192.0.2.7", "192.0.2.200", "198.51.100.9", "10.1.2.3", "11.1.2.3", "2001:db8::5", "2001:db8:1::9",
        "203.0.113.250",
    ]
    static let recipients = ["s@far.test", "boss@rival.test", "x@sub.rival.test"] + accounts

    /// As a form spells them.
    private static let peers = [
        "@far.test", "@.far.test", "@.sub.far.test", "@sub.far.test", "s@far.test", "s%2Btag@far.test", "x@near.test",
        "@near.test", "192.0.2.0/24",
        "192.0.2.128/25", "192.0.2.7", "192.0.2.7/32", "10.0.0.0/7", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32",
        "2001:db8::/64", "2001:db8::5", "2001:db8::5/128", "::/0", "2001:db8:1:0:0:0:0:0/112", "@b.example",
        "jo@b.example", "@.a.example", "@rival.test", "@.rival.test", "boss@rival.test",
    ]
    private static let switches = [
        "bypass_spam_checks", "bypass_virus_checks", "bypass_banned_checks", "bypass_header_checks", "quarantine_spam",
        "quarantine_virus", "quarantine_banned", "quarantine_bad_header", "prefix_spam_in_subject",
        "always_insert_x_spam_headers",
    ]

    var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &numbers)]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &numbers) < percent }

    /// Each of the three kinds as likely.
    mutating func scope() -> String { pick(["global", pick(Self.domains), pick(Self.accounts)]) }

    static func spamPolicy(_ scope: String) -> String {
        "/api/spampolicy/" + (scope == "global" ? scope : scope.contains("@") ? "user/\(scope)" : "domain/\(scope)")
    }

    /// A write. Nearly all succeed.
    mutating func next() -> Call {
        let scope = scope()
        switch Int.random(in: 0..<100, using: &numbers) {
        case 0..<20: return Call(method: .put, target: Self.spamPolicy(scope), form: spamPolicyForm())
        case 20..<24: return Call(method: .delete, target: Self.spamPolicy(scope), form: nil)
        case 24..<44:
            return Call(method: .post, target: "/api/throttle/\(scope)/\(direction())", form: throttleForm())
        case 44..<54:
            let status = pick(["enable", "enable", "disable"])
            return Call(method: .post, target: "/api/greylisting/\(scope)", form: "status=\(status)")
        case 54..<58: return Call(method: .delete, target: "/api/greylisting/\(scope)", form: nil)
        case 58..<70:
            return Call(method: .post, target: "/api/greylisting/\(scope)/whitelists", form: whitelistForm())
        default:
            let target = "/api/wblist/\(direction())/\(pick(["whitelist", "blacklist"]))/\(scope)"
            if chance(8) { return Call(method: .delete, target: target, form: nil) }
            return Call(method: chance(85) ? .post : .put, target: target, form: "addresses=\(peerList(with: "@."))")
        }
    }

    private mutating func direction() -> String { pick(["inbound", "outbound"]) }

    mutating func spamPolicyForm() -> String {
        var pairs = Self.switches.filter { _ in chance(40) }.map { "\($0)=\(pick(["yes", "no", "yes", "no", ""]))" }
        if chance(40) {
            pairs.append("banned_rulenames=\(pick(["", "ALLOW_A", "ALLOW_A,BAN_B", "BAN_B,BAN_C", "BAN_C,ALLOW_A"]))")
        }
        if pairs.isEmpty || chance(50) { pairs.append("spam_score=\(pick(["", "4", "5.5", "-3", "6.125"]))") }
        return pairs.joined(separator: "&")
    }

    mutating func throttleForm() -> String {
        var pairs = ["period=\(chance(10) ? 0 : pick([60, 600, 3600]))"]
        for limit in ["msg_size", "max_msgs", "max_quota", "max_rcpts"] where chance(60) {
            pairs.append("\(limit)=\(pick([-1, 0, 5, 100, 5_000_000_000]))")
        }
        return pairs.joined(separator: "&")
    }

    private mutating func whitelistForm() -> String {
        if chance(15) { return "senders=\(chance(50) ? "" : peerList())" }
        return chance(75) ? "addSenders=\(peerList())" : "removeSenders=\(peerList())"
    }

    /// - Parameter rare: an item that is now and then among them.
    mutating func peerList(with rare: String? = nil) -> String {
        var items = (0..<Int.random(in: 1...3, using: &numbers)).map { _ in pick(Self.peers) }
        if let rare, chance(8) { items.append(rare) }
        return items.joined(separator: ",")
    }
}
