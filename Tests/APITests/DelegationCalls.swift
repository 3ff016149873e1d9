import API
import Foundation
import Gateway
import Support

/// Random steps of two admins who have nothing in common: calls of every route by the hostile one, some of the other
/// one's daily work, a few decisions of the global admin.
struct DelegationCalls {
    /// Routes that are not for domain admins, or about nobody.
    static let closed = Set(
        API.routes.filter { [.globalAdmin, .monitor, .operator].contains($0.access) || $0.documentType != nil }
            .map(name))

    /// Routes that must have succeeded for the hostile admin in his own domains.
    static let claimed = Set(API.routes.map(name)).subtracting(closed)

    private static func name(_ route: Route) -> String { "\(route.method.text) \(route.path)" }

    private static let lots = API.routes.filter { $0.access != .open || $0.documentType == nil }.flatMap { route in
        let weight: Int =
            switch name(route) {
            case "POST /api/domain/<domain>": 14
            case "DELETE /api/domain/<domain>": 6
            case "DELETE /api/domain/<domain>/keep_mailbox_days/<number>": 3
            case "POST /api/logout": 1
            case let name: closed.contains(name) ? 1 : RandomValues.weights[name] ?? 1
            }
        return Array(repeating: route, count: weight)
    }

    private var numbers: SeededNumbers
    private var accounts = RandomCalls.Accounts()
    private var aliasDomains: [String] = []

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    /// The next steps.
    ///
    /// - Parameters:
    ///   - run: knows what the hostile admin has.
    ///   - missing: routes that have not succeeded yet.
    mutating func batch(_ count: Int, in run: DelegationRun, missing: [String]) throws -> [DelegationStep] {
        accounts = try run.accounts()
        aliasDomains = try run.aliasDomains()
        let wanted = API.routes.filter { missing.contains(Self.name($0)) }
        var steps: [DelegationStep] = numbers.chance(35) ? [.repair] : []
        while steps.count < count {
            switch Int.random(in: 0..<100, using: &numbers) {
            case 0..<6: steps.append(.call(work()))
            case 6..<8: steps.append(.call(decision()))
            case 8..<10: steps.append(.pass(seconds: numbers.pick([1, 60, 300, 1200])))
            case 10..<25 where !wanted.isEmpty: steps.append(.call(attack(numbers.pick(wanted))))
            default: steps.append(.call(attack(numbers.pick(Self.lots))))
            }
        }
        return steps
    }

    // --- The hostile admin ---

    private mutating func attack(_ route: Route) -> RandomCall {
        let object = object(of: route)
        let pieces = route.path.split(separator: "/").map { piece in
            switch piece {
            case "<domain>", "<mail>": object
            case "<new_mail>": "\(numbers.pick(DelegationValues.locals))@\(domain(ownPercent: 70))"
            case "<number>": numbers.pick(["0", "3", "999"])
            default: String(piece)
            }
        }
        let fields = route.path == "/api/login" ? credentials() : fields(of: route, about: object)
        return Self.call(
            .hostile, route.method, route.path, "/" + pieces.joined(separator: "/"), fields,
            isStrict: numbers.chance(10))
    }

    /// His own, or a guess.
    private mutating func credentials() -> [(String, String)] {
        let isOwn = numbers.chance(60)
        let own = accounts.users.first { $0.hasPrefix("hank@") } ?? "hank@evil.example"
        return [
            ("username", isOwn ? own : numbers.pick(DelegationValues.admins)),
            ("password", isOwn ? TestAPI.password : "Wrong-9999"),
        ]
    }

    private mutating func domain(ownPercent: Int) -> String {
        if numbers.chance(ownPercent), !accounts.domains.isEmpty { return numbers.pick(accounts.domains) }
        return numbers.pick(numbers.chance(60) ? DelegationValues.outside : DelegationValues.foreign)
    }

    private mutating func object(of route: Route) -> String {
        let pieces = route.path.split(separator: "/")
        if pieces.contains("<domain>") {
            if route.path == "/api/domain/<domain>", route.method == .post { return domain(ownPercent: 5) }
            // He ends his own domains seldom.
            if route.method == .delete, pieces.contains("domain"), numbers.chance(80) {
                return numbers.pick(DelegationValues.outside)
            }
            return domain(ownPercent: 70)
        }
        guard pieces.contains("<mail>") else { return "" }
        if pieces.contains("admin") { return numbers.pick(DelegationValues.admins) }
        let isAccount = pieces.count == 3 && ["user", "alias", "maillist", "ml"].contains(pieces[1])
        let isNew = route.method == .post && isAccount
        let known =
            pieces.contains("alias")
            ? accounts.aliases
            : pieces.contains("maillist")
                ? accounts.lists : pieces.contains("ml") ? accounts.subscribableLists : accounts.users
        if !isNew, !known.isEmpty, numbers.chance(70) { return numbers.pick(known) }
        if !isNew, numbers.chance(30) { return DelegationWorld.foreignAdmin }
        return "\(numbers.pick(DelegationValues.locals))@\(domain(ownPercent: isNew ? 80 : 30))"
    }

    /// Some of the route's parameters, about two a call.
    private mutating func fields(of route: Route, about object: String) -> [(String, String)] {
        let parameters = route.parameters  // Another test fails for a route that has no description.
        let percent = min(60, 160 / max(1, parameters.count))
        var chosen: [(String, String)] = []
        for parameter in parameters {
            let isNeeded = parameter.isRequired || parameter.name == "password" && route.method == .post
            let isFavourite = DelegationValues.favourites.contains(parameter.name)
            guard numbers.chance(isNeeded ? 97 : isFavourite ? max(14, percent) : percent) else { continue }
            for name in [parameter.name, RandomValues.companions[parameter.name]].compactMap(\.self)
            where !chosen.contains(where: { $0.0 == name }) {
                chosen.append((name, value(of: name, about: object)))
            }
        }
        return chosen.shuffled(using: &numbers)
    }

    private mutating func value(of name: String, about own: String) -> String {
        switch DelegationValues.kinds[name] {
        case .oneOf(let values): return numbers.pick(values)
        case .address: return numbers.chance(15) ? "" : address()
        case .addresses:
            var items = (0..<numbers.pick([0, 1, 1, 2])).map { _ in address() }
            if own.contains("@"), numbers.chance(40) { items.append(own) }
            return items.joined(separator: ",")
        case .admins: return numbers.pick(DelegationValues.admins + accounts.users.prefix(3))
        case .domains:
            return (0..<numbers.pick([0, 1, 1, 2])).map { _ in domain(ownPercent: 20) }.joined(separator: ",")
        case nil: return ""
        }
    }

    private mutating func address() -> String {
        if numbers.chance(30), !accounts.users.isEmpty { return numbers.pick(accounts.users) }
        let isBelowAlias = !aliasDomains.isEmpty && numbers.chance(15)
        let domain = isBelowAlias ? numbers.pick(aliasDomains) : domain(ownPercent: 40)
        return "\(numbers.pick(DelegationValues.locals))@\(domain)"
    }

    // --- The others ---

    /// What the other admin does every day.
    private mutating func work() -> RandomCall {
        let (user, other) = ("u\(numbers.pick([1, 2, 3]))@v.example", "u\(numbers.pick([1, 2, 3]))@v.example")
        let new = "password=\(DelegationWorld.passwordOfOthers)&name=zq7 of \(user)"
        let calls = [
            ("POST", "/api/user/<mail>", user, new), ("POST", "/api/user/<mail>", user, new),
            ("DELETE", "/api/user/<mail>", user, ""),
            ("POST", "/api/user/<mail>/change_email/<new_mail>", user, other),
            ("PUT", "/api/user/<mail>", "jo@v.example", "forwarding=jo@v.example,ceo@bigmail.example"),
            ("PUT", "/api/user/<mail>", "mo@v2.example", "addForwarding=root@ops.example"),
            ("PUT", "/api/domain/<domain>", "v.example", "name=zq7 title"),
            ("PUT", "/api/alias/<mail>", "team@v.example", "addMember=ceo@bigmail.example"),
            ("GET", "/api/user/<mail>", "jo@v.example", ""),
            ("PUT", "/api/spampolicy/user/<mail>", "jo@v.example", "quarantine_spam=yes"),
            ("POST", "/api/user/<mail>", "tess@tenant.example", new),
            ("PUT", "/api/domain/<domain>", "tenant.example", "name=zq7 tenant"),
        ]
        return Self.call(.victim, numbers.pick(calls))
    }

    /// What the global admin decides now and then: a tenant goes and comes back, a waiting name is taken over.
    private mutating func decision() -> RandomCall {
        let password = DelegationWorld.passwordOfOthers
        let calls = [
            ("DELETE", "/api/domain/<domain>", "tenant.example", ""),
            ("DELETE", "/api/domain/<domain>", "tenant.example", ""),
            ("POST", "/api/domain/<domain>", "tenant.example", "name=zq7 tenant"),
            (
                "PUT", "/api/domain/admins/<domain>", "tenant.example",
                "removeAllAdmins=yes&addAdmin=vera@v.example,vera@firm.example"
            ),
            ("POST", "/api/user/<mail>", "tess@tenant.example", "password=\(password)&name=zq7"),
            ("POST", "/api/domain/<domain>", "bigmail.example", "name=zq7 mail"),
            ("DELETE", "/api/domain/<domain>", "bigmail.example", ""),
            ("DELETE", "/api/domain/<domain>", "bigmail.example", ""),
            ("DELETE", "/api/domain/<domain>", "h2.example", ""), ("DELETE", "/api/domain/<domain>", "ops.example", ""),
            ("DELETE", "/api/domain/<domain>", "gold.example", ""),
            ("PUT", "/api/domain/<domain>", "hnew.example", "accountStatus=active"),
        ]
        return Self.call(.global, numbers.pick(calls))
    }

    private static func call(
        _ caller: RandomCall.Caller, _ call: (method: String, path: String, object: String, form: String)
    ) -> RandomCall {
        let target = call.path.replacing("<domain>", with: call.object).replacing("<mail>", with: call.object)
            .replacing("<new_mail>", with: call.form)
        let hasForm = !call.form.isEmpty && !call.path.contains("<new_mail>")
        return RandomCall(
            caller: caller, method: Method(call.method), path: call.path, target: target,
            body: hasForm ? call.form.replacing(" ", with: "+") : nil, isStrict: false, fields: [:])
    }

    private static func call(
        _ caller: RandomCall.Caller, _ method: Gateway.Method, _ path: String, _ target: String,
        _ fields: [(String, String)], isStrict: Bool
    ) -> RandomCall {
        let text = fields.map { "\($0.0)=\($0.1.addingPercentEncoding(withAllowedCharacters: plain) ?? "")" }
            .joined(separator: "&")
        let hasBody = method == .post || method == .put
        return RandomCall(
            caller: caller, method: method, path: path, target: hasBody || text.isEmpty ? target : "\(target)?\(text)",
            body: hasBody ? text : nil, isStrict: isStrict, fields: Dictionary(fields, uniquingKeysWith: { $1 }))
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~@"))
}
