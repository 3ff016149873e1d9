import API
import Foundation
import Gateway
import Support

/// Random calls of every route about accounts, made from the route table.
struct RandomCalls {
    /// What there is to be found by the next calls.
    struct Accounts {
        var domains: [String] = []
        var users: [String] = []
        var aliases: [String] = []
        var lists: [String] = []
        var subscribableLists: [String] = []
    }

    static let routes = API.routes.filter { RandomValues.areAccounts($0.path) }

    private var numbers: SeededNumbers
    private let lots: [Route]
    /// Addresses of accounts that are there.
    private var known: [String] = []

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
        lots = Self.routes.flatMap { route in
            Array(repeating: route, count: RandomValues.weights["\(route.method.text) \(route.path)"] ?? 0)
        }
    }

    /// The next steps. First those that give the callers their rights back, or else most would soon have none.
    mutating func batch(_ count: Int, among accounts: Accounts) -> [RandomStep] {
        known = accounts.users + accounts.users + accounts.aliases + accounts.lists + accounts.subscribableLists
        var steps = Self.repairs.filter { _ in numbers.chance(30) }.map(RandomStep.call)
        while steps.count < count {
            if !accounts.users.isEmpty, numbers.chance(4) {
                steps.append(.use(numbers.pick(accounts.users)))
            } else {
                steps.append(.call(call(numbers.pick(lots), among: accounts)))
            }
        }
        return steps
    }

    private static let repairs = [
        ("POST", "/api/domain/<domain>", "a.example", ["name": "A"]),
        ("POST", "/api/domain/<domain>", "b.example", ["name": "B"]),
        (
            "PUT", "/api/domain/<domain>", "b.example",
            [
                "numberOfUsers": "0", "quota": "0", "accountStatus": "active",
                "catchall": "x@away.example,jo@a.example",
            ]
        ),
        ("POST", "/api/user/<mail>", "mo@b.example", ["password": TestAPI.password]),
        ("POST", "/api/admin/<mail>", "dan@office.example", ["password": TestAPI.password]),
        ("POST", "/api/admin/<mail>", "cora@office.example", ["password": TestAPI.password]),
        (
            "PUT", "/api/admin/<mail>", "cora@office.example",
            [
                "maxDomains": "0", "accountStatus": "active", "maxUsers": "9",
            ]
        ),
        ("PUT", "/api/domain/admins/<domain>", "a.example", ["addAdmin": "dan@office.example,cora@office.example"]),
        ("PUT", "/api/domain/admins/<domain>", "b.example", ["addAdmin": "mo@b.example"]),
        (
            "PUT", "/api/domain/<domain>", "a.example",
            [
                "enableDomainProfile": "bcc,relay,catchall,aliases,backupmx,advanced",
                "enableUserProfile": "bcc,forwarding,relay,aliases", "accountStatus": "active",
            ]
        ),
    ].map { method, path, object, fields in
        RandomCall(
            caller: .global, method: Method(method), path: path,
            target: path.replacing("<domain>", with: object).replacing("<mail>", with: object),
            body: encoded(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }), isStrict: false, fields: fields
        )
    }

    private mutating func call(_ route: Route, among accounts: Accounts) -> RandomCall {
        let object = object(of: route, among: accounts)
        let pieces = route.path.split(separator: "/").map { piece in
            switch piece {
            case "<domain>", "<mail>": Self.encoded(object)
            case "<new_mail>": "\(numbers.pick(RandomValues.locals))@\(numbers.pick(RandomValues.domains))"
            case "<number>": numbers.pick(["0", "3", "999"])
            default: String(piece)
            }
        }
        let fields = fields(of: route, about: object)
        let text = Self.encoded(fields)
        let hasBody = route.method == .post || route.method == .put
        let path = "/" + pieces.joined(separator: "/")
        return RandomCall(
            caller: numbers.chance(70) ? .global : numbers.pick([.domainAdmin, .creatingAdmin, .mailUserAdmin]),
            method: route.method, path: route.path, target: hasBody || text.isEmpty ? path : "\(path)?\(text)",
            body: hasBody ? text : nil, isStrict: numbers.chance(3),
            fields: Dictionary(fields, uniquingKeysWith: { $1 }))
    }

    /// Usually one that is there, or, for a POST, one that is not.
    private mutating func object(of route: Route, among accounts: Accounts) -> String {
        let isNew = route.method == .post && route.path.hasSuffix("<mail>") || numbers.chance(8)
        let pieces = route.path.split(separator: "/")
        if pieces.contains("<domain>") {
            let isNew = route.method == .post || numbers.chance(8)
            return numbers.pick(isNew || accounts.domains.isEmpty ? RandomValues.domains : accounts.domains)
        }
        if pieces.contains("admin") { return numbers.pick(RandomValues.admins) }
        let known =
            pieces.contains("user")
            ? accounts.users
            : pieces.contains("alias")
                ? accounts.aliases : pieces.contains("ml") ? accounts.subscribableLists : accounts.lists
        return isNew && !pieces.contains("verify_password") || known.isEmpty
            ? "\(numbers.pick(RandomValues.locals))@\(numbers.pick(RandomValues.domains))" : numbers.pick(known)
    }

    /// Some of the route's parameters, about two and a half a call.
    private mutating func fields(of route: Route, about object: String) -> [(String, String)] {
        let parameters = route.parameters  // Another test fails for a route that has no description.
        // Of very many parameters more, or else few of them would ever be sent.
        let percent = max(15, min(60, 250 / max(1, parameters.count)))
        let fallback = "\(numbers.pick(RandomValues.locals))@a.example"
        var chosen: [(String, String)] = []
        for parameter in parameters {
            let isNeeded = parameter.isRequired || parameter.name == "password" && route.method == .post
            let isFavourite = RandomValues.favourites.contains(parameter.name)
            guard numbers.chance(isNeeded ? 96 : isFavourite ? 24 : percent) else { continue }
            for name in [parameter.name, RandomValues.companions[parameter.name]].compactMap(\.self)
            where !chosen.contains(where: { $0.0 == name }) {
                chosen.append((name, value(of: name, about: object.contains("@") ? object : fallback)))
            }
        }
        // The older name, which some clients send.
        if numbers.chance(5), let index = chosen.firstIndex(where: { $0.0 == "name" }) { chosen[index].0 = "cn" }
        return chosen.shuffled(using: &numbers)
    }

    private mutating func value(of name: String, about own: String) -> String {
        switch RandomValues.kinds[name] {
        case .oneOf(let values): return numbers.pick(values)
        case .address: return numbers.chance(25) ? "" : numbers.chance(4) ? "bad" : address()
        case .addresses: return list(with: own)
        case .admins:
            return (0..<2).map { _ in numbers.chance(60) ? numbers.pick(RandomValues.admins) : address() }
                .joined(separator: ",")
        case .domains:
            return (0..<Int.random(in: 0...2, using: &numbers)).map { _ in
                numbers.chance(5) ? "no domain" : numbers.pick(RandomValues.domains)
            }.joined(separator: ",")
        case nil: return ""
        }
    }

    private mutating func list(with own: String) -> String {
        if !known.isEmpty, numbers.chance(25) { return numbers.pick(known) }
        var items = (0..<numbers.pick([0, 1, 1, 1, 2, 3])).map { _ in address() }
        if numbers.chance(40) { items.append(own) }
        if numbers.chance(8) { items.append(numbers.pick(RandomValues.badAddresses)) }
        return items.shuffled(using: &numbers).joined(separator: numbers.chance(90) ? "," : " , ")
    }

    private mutating func address() -> String {
        if !known.isEmpty, numbers.chance(40) { return numbers.pick(known) }
        return numbers.chance(20)
            ? numbers.pick(RandomValues.destinations)
            : "\(numbers.pick(RandomValues.locals))@\(numbers.pick(RandomValues.domains))"
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~@"))

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    private static func encoded(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.0)=\(encoded($0.1))" }.joined(separator: "&")
    }
}
