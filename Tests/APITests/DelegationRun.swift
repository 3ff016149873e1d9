import Gateway
import Glibc
import Mail
import MailStore
import Storage

/// A random sequence about two admins while its steps are taken: the API on a world of its own, who is logged in, and
/// what the hostile admin's calls did to others.
final class DelegationRun {
    let kind: DelegationWorld.Kind
    let api: TestAPI
    let rows: DelegationRows
    private let routing: DelegationRouting
    /// Of everybody who has a session, by name.
    var cookies: [String: String]
    /// When the others have logged in.
    var login: Int
    /// The hostile admin's names; the present one is the last.
    private var names: [String]
    /// Domains that he has made and nobody else has had since.
    var made: Set<String> = []
    var known: State?
    /// How often each route succeeded for the hostile admin.
    private(set) var successes: [String: Int] = [:]
    /// How often the other admin's calls succeeded.
    var victimSuccesses = 0

    /// Domains that nobody but the hostile admin has to do with.
    private static let ownNames: Set<String> = ["h.example", "h2.example", "hnew.example", "evil.example"]

    init(_ kind: DelegationWorld.Kind) throws {
        guard let world = try DelegationWorld.all.get()[kind] else { throw NoAnswer() }
        self.kind = kind
        api = try TestAPI(on: world.state, lists: TestListHelper())
        cookies = world.cookies
        names = [kind.hostile]
        login = api.clock.now.epoch
        rows = try DelegationRows(api)
        routing = try DelegationRouting(
            api, keys: DelegationValues.foreignKeys, users: DelegationValues.foreignUsers)
    }

    var hostile: String { names.last ?? kind.hostile }

    /// Alias domains of the hostile admin's domains, those that wait among them.
    func aliasDomains() throws -> [String] {
        let name = hostile
        return try api.rows(
            """
            SELECT alias_domain FROM alias_domain
             WHERE target_domain IN (SELECT domain FROM domain_admins WHERE username = \(name)) ORDER BY 1
            """)
    }

    /// What the hostile admin has, for his next calls to be about.
    func accounts() throws -> RandomCalls.Accounts {
        let name = hostile
        func mine(_ query: String) throws -> [String] {
            try api.rows(
                SQL(
                    trusted: "\(query) IN (SELECT domain FROM domain_admins WHERE username = ?) ORDER BY 1",
                    [.text(name)]))
        }
        return RandomCalls.Accounts(
            domains: try mine("SELECT domain FROM domain WHERE domain"),
            users: try mine("SELECT username FROM mailbox WHERE domain"),
            aliases: try mine(
                "SELECT address FROM alias WHERE address NOT IN (SELECT address FROM maillists) AND domain"),
            lists: try mine("SELECT address FROM maillists WHERE transport NOT LIKE 'mlmmj:%' AND domain"),
            subscribableLists: try mine("SELECT address FROM maillists WHERE transport LIKE 'mlmmj:%' AND domain"))
    }

    /// Takes the steps until one does what it must not.
    /// - Returns: what is wrong then, each line beginning with a name of what it is about.
    func take(_ steps: [DelegationStep]) throws -> [String] {
        for step in steps {
            let violations =
                switch step {
                case .call(let call) where call.caller == .hostile: try attack(call)
                case .call(let call): try work(call)
                case .pass(let seconds): try pass(seconds)
                case .repair: try repair()
                case .damage(let file, let sql): try damage(sql, on: file)
                }
            if !violations.isEmpty { return violations }
        }
        return []
    }

    // --- The hostile admin ---

    private func attack(_ call: RandomCall) throws -> [String] {
        let before = try state()
        var client = api.client(of: hostile, cookie: try cookie(of: hostile))
        client.isStrict = call.isStrict
        let answer = try client.send(call.method, call.target, call.body)
        let isSuccess = answer.isSuccess
        follow(call, answer, isSuccess: isSuccess)
        return try judge(call, answer, isSuccess: isSuccess, before) + compare(before).map { "\($0), after \(call)" }
    }

    /// What the answer alone must not be.
    private func judge(_ call: RandomCall, _ answer: Answer, isSuccess: Bool, _ before: State) -> [String] {
        var violations: [String] = []
        if answer.status == .internalError || answer.failure != nil { violations.append("failure: \(call)") }
        for secret in [DelegationWorld.marker, "\(DelegationWorld.secretNumber)", DelegationWorld.globalAddress] {
            guard let place = answer.body.around(secret) else { continue }
            violations.append("a secret is shown by \(call.route): \(place), after \(call)")
        }
        let domains = call.domains
        if call.route == "POST /api/domain/<domain>" {
            if isSuccess, !before.facts.taken.isDisjoint(with: domains) { violations.append("made twice: \(call)") }
        } else if !before.facts.managed.isSuperset(of: domains) || DelegationCalls.closed.contains(call.route) {
            let word = answer.word
            if isSuccess || word != "PERMISSION_DENIED" && word != "LOGIN_REQUIRED" {
                violations.append("not refused: \(answer.body.prefix(200)), after \(call)")
            }
        }
        if isSuccess { successes[call.route, default: 0] += 1 }
        return violations
    }

    private func follow(_ call: RandomCall, _ answer: Answer, isSuccess: Bool) {
        guard isSuccess else {
            if answer.word == "LOGIN_REQUIRED" { cookies[hostile] = nil }
            return
        }
        switch call.path {
        case "/api/logout": cookies[hostile] = nil
        case "/api/login": cookies[hostile] = answer.cookie
        case "/api/user/<mail>/change_email/<new_mail>" where call.object == hostile:
            guard let name = call.newAddress else { break }
            cookies[name] = cookies.removeValue(forKey: hostile)
            rename(to: name)
        default: break
        }
    }

    func rename(to name: String) {
        names.removeAll { $0 == name }
        names.append(name)
    }

    private func damage(_ sql: String, on file: StoreFile) throws -> [String] {
        let before = try state()
        try api.run(SQL(trusted: sql), on: file)
        return try compare(before)
    }

    /// What has changed since, of all that is not the hostile admin's.
    private func compare(_ before: State) throws -> [String] {
        guard try rows.version() != before.version else { return [] }
        let facts = try facts()
        // What he has made just now is his.
        let new = facts.managed.subtracting(before.facts.taken)
        made.formUnion(new)
        let property = HostileProperty(
            domains: before.property.domains.union(new),
            activeDomains: before.property.activeDomains.union(new.intersection(facts.active)), names: Set(names))
        let later = try state(facts, property)
        known = property == self.property(facts) ? later : nil
        let changed = zip(before.others, later.others).compactMap { old, new -> String? in
            guard old != new else { return nil }
            let lines =
                old.lines(besides: new).prefix(3).map { "-\($0)" }
                + new.lines(besides: old).prefix(3).map { "+\($0)" }
            return "\(new.name): \(lines.joined(separator: " "))"
        }
        let grown = zip(before.notGrowing, later.notGrowing).compactMap { old, new -> String? in
            new.lines(besides: old).first.map { "\(new.name): +\($0)" }
        }
        return changed + grown
    }

    // --- What is there ---

    struct Facts {
        let managed: Set<String>
        let active: Set<String>
        /// Names of domains and alias domains.
        let taken: Set<String>
    }

    struct State {
        let version: [String]
        let facts: Facts
        let property: HostileProperty
        let others: [DelegationPart]
        let notGrowing: [DelegationPart]
    }

    func facts() throws -> Facts {
        let name = hostile
        return Facts(
            managed: try rows.values("SELECT domain FROM domain_admins WHERE username = \(name) AND active = 1"),
            active: try rows.values("SELECT domain FROM domain WHERE active = 1"),
            taken: try rows.values("SELECT domain FROM domain UNION SELECT alias_domain FROM alias_domain"))
    }

    private func property(_ facts: Facts) -> HostileProperty {
        let domains = facts.managed.union(Self.ownNames).union(made)
        return HostileProperty(domains: domains, activeDomains: domains.intersection(facts.active), names: Set(names))
    }

    private func state() throws -> State {
        if let known, try known.version == rows.version() { return known }
        let facts = try facts()
        let state = try state(facts, property(facts))
        known = state
        return state
    }

    private func state(_ facts: Facts, _ property: HostileProperty) throws -> State {
        State(
            version: try rows.version(), facts: facts, property: property,
            others: try rows.others(property) + routing.answers(), notGrowing: try rows.notGrowing(property))
    }
}

extension RandomCall {
    /// Those in the path: of the domain or the addresses it names.
    var domains: Set<String> {
        guard path.contains("<domain>") || path.contains("<mail>") else { return [] }
        return Set([object, newAddress].compactMap { name in name?.split(separator: "@").last.map(String.init) })
    }
}

extension String {
    /// A piece of the text with `needle` in it; nil when it is not there.
    fileprivate func around(_ needle: String) -> Substring? {
        withCString { text in
            guard let found = strstr(text, needle) else { return nil }
            let place = utf8.index(startIndex, offsetBy: text.distance(to: found))
            let start = utf8.index(place, offsetBy: -60, limitedBy: startIndex) ?? startIndex
            let end = utf8.index(place, offsetBy: 60, limitedBy: endIndex) ?? endIndex
            return self[start..<end]
        }
    }
}
