import Gateway
import Glibc
import Mail
import MailStore
import SQLite

/// A random sequence about two admins while its steps are taken: the API on a world of its own, who is logged in, and
/// what the hostile admin's calls did to others.
final class DelegationRun {
    private let kind: DelegationWorld.Kind
    private let api: TestAPI
    private let rows: DelegationRows
    private let routing: DelegationRouting
    private var cookies: [String: String]
    /// When the others have logged in.
    private var login: Int
    /// The hostile admin's names; the present one is the last.
    private var names: [String]
    /// Domains that he has made and nobody else has had since.
    private var made: Set<String> = []
    private var known: State?
    /// How often each route succeeded for the hostile admin.
    private(set) var successes: [String: Int] = [:]
    /// How often the other admin's calls succeeded.
    private(set) var victimSuccesses = 0

    /// Domains that nobody but the hostile admin has to do with.
    private static let ownNames: Set<String> = ["h.example", "h2.example", "hnew.example", "evil.example"]

    init(_ kind: DelegationWorld.Kind) throws {
        guard let world = try DelegationWorld.all.get()[kind] else { throw NoAnswer() }
        self.kind = kind
        api = try TestAPI(on: world.state)
        cookies = world.cookies
        names = [kind.hostile]
        login = api.clock.now.epoch
        rows = try DelegationRows(directory: api.directory)
        routing = try DelegationRouting(
            directory: api.directory, keys: DelegationValues.foreignKeys, users: DelegationValues.foreignUsers)
    }

    private var hostile: String { names.last ?? kind.hostile }

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
                SQL(trusted: "\(query) IN (SELECT domain FROM domain_admins WHERE username = ?) ORDER BY 1", [.text(name)]))
        }
        return RandomCalls.Accounts(
            domains: try mine("SELECT domain FROM domain WHERE domain"),
            users: try mine("SELECT username FROM mailbox WHERE domain"),
            aliases: try mine(
                "SELECT address FROM alias WHERE address NOT IN (SELECT address FROM maillists) AND domain"),
            lists: try mine("SELECT address FROM maillists WHERE domain"))
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
    private func judge(
        _ call: RandomCall, _ answer: Answer, isSuccess: Bool, _ before: State
    ) -> [String] {
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

    private func rename(to name: String) {
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
            let lines = old.lines(besides: new).prefix(3).map { "-\($0)" }
                + new.lines(besides: old).prefix(3).map { "+\($0)" }
            return "\(new.name): \(lines.joined(separator: " "))"
        }
        let grown = zip(before.notGrowing, later.notGrowing).compactMap { old, new -> String? in
            new.lines(besides: old).first.map { "\(new.name): +\($0)" }
        }
        return changed + grown
    }

    // --- Everybody else ---

    private func work(_ call: RandomCall) throws -> [String] {
        let name = call.caller == .victim ? kind.victim : TestAPI.admin
        let isThere = try !rows.values("SELECT address FROM forwardings WHERE address = \(call.object)").isEmpty
        let answer = try api.client(of: name, cookie: try cookie(of: name)).send(call.method, call.target, call.body)
        if answer.isSuccess {
            if call.caller == .victim { victimSuccesses += 1 }
            let domain = call.object
            guard ["POST /api/domain/<domain>", "DELETE /api/domain/<domain>"].contains(call.route) else { return [] }
            made.remove(domain)
            known = nil
            // Whoever takes over a waiting name has it alone.
            return try facts().managed.contains(domain) ? ["shared after a takeover: \(call)"] : []
        }
        if answer.word == "LOGIN_REQUIRED" { return ["a session has ended: \(name)"] }
        // Nobody but himself touches these domains of his.
        guard call.caller == .victim, call.newAddress == nil, call.domains.isSubset(of: ["v.example", "v2.example"]),
            isThere != (call.route == "POST /api/user/<mail>") || call.object == "v.example"
        else { return [] }
        return ["the other admin's work: \(answer.body), after \(call)"]
    }

    /// Everybody but the hostile admin uses his session, or begins a new one before it is too old.
    private func pass(_ seconds: Int) throws -> [String] {
        api.clock.move(by: seconds)
        let others = [
            (TestAPI.admin, ""), (DelegationWorld.globalAdmin, ""), (kind.victim, "v.example"),
            (DelegationWorld.neighbour, "shared.example"), (DelegationWorld.foreignAdmin, "shared.example"),
        ]
        let isOld = api.clock.now.epoch - login > 10 * 3600
        if isOld { login = api.clock.now.epoch }
        let violations = try others.compactMap { name, domain -> String? in
            if isOld { cookies[name] = nil }
            let answer = try api.client(of: name, cookie: try cookie(of: name))
                .send(.get, "/api/domains?name_only=yes")
            return answer.isSuccess && answer.body.contains(domain) ? nil : "a session has ended: \(name)"
        }
        // When a session was used last is written down after the answer.
        try api.settle()
        return violations
    }

    /// Gives the hostile admin back what he has thrown away.
    private func repair() throws -> [String] {
        if try rows.values("SELECT username FROM mailbox UNION SELECT username FROM admin").contains(hostile) == false {
            rename(to: kind.hostile)
            cookies[hostile] = nil
        }
        let global = api.client(of: TestAPI.admin, cookie: try cookie(of: TestAPI.admin))
        var requests: [(Method, String, String)] = []
        for domain in ["h.example", "h2.example"] {
            requests += [
                (.post, "/api/domain/\(domain)", "name=H"),
                (
                    .put, "/api/domain/\(domain)",
                    "accountStatus=active&quota=0&maxUserQuota=0&numberOfUsers=0&numberOfAliases=0&numberOfLists=0"
                        + "&is_backupmx=no&minPasswordLength=0&maxPasswordLength=0&catchall=jo@h.example"
                ),
                (.post, "/api/user/jo@\(domain)", "password=\(TestAPI.password)"),
            ]
        }
        requests.append((.put, "/api/domain/hnew.example", "accountStatus=active"))
        if kind.hostileIsMailUser {
            requests += [
                (.post, "/api/user/\(hostile)", "password=\(TestAPI.password)"),
                (.put, "/api/user/\(hostile)", "password=\(TestAPI.password)&accountStatus=active"),
            ]
        }
        for domain in ["h.example", "h2.example", "hnew.example"] {
            requests.append((.put, "/api/domain/admins/\(domain)", "addAdmin=\(hostile)"))
        }
        for (method, target, form) in requests { _ = try global.send(method, target, form) }
        let name = hostile
        try api.run("UPDATE mailbox SET settings = 'create_new_domains:yes;' WHERE username = \(name)")
        return []
    }

    /// Of a session that may have to begin first; nil when it cannot.
    private func cookie(of name: String) throws -> String? {
        if let cookie = cookies[name] { return cookie }
        let isKnown = name == hostile || name == TestAPI.admin
        let password = isKnown ? TestAPI.password : DelegationWorld.passwordOfOthers
        let answer = try api.client(of: name, cookie: nil)
            .send(.post, "/api/login", "username=\(name)&password=\(password)")
        cookies[name] = answer.isSuccess ? answer.cookie : nil
        return cookies[name]
    }

    // --- What is there ---

    private struct Facts {
        let managed: Set<String>
        let active: Set<String>
        /// Names of domains and alias domains.
        let taken: Set<String>
    }

    private struct State {
        let version: [Int]
        let facts: Facts
        let property: HostileProperty
        let others: [DelegationPart]
        let notGrowing: [DelegationPart]
    }

    private func facts() throws -> Facts {
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
    fileprivate var domains: Set<String> {
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
