import Gateway

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Calls over few names, so that they meet.
struct RandomCalls {
    struct Call: CustomStringConvertible {
        let method: Method
        let target: String
        let form: String?
        /// Made by the domain admin instead of the global one.
        let isDomainAdmin: Bool

        var description: String { "\(isDomainAdmin ? "admin " : "")\(method.text) \(target) \(form ?? "")" }
    }

    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private static let domains = ["a.example", "b.example"]
    private static let places = ["a.example", "a.example", "b.example", "alias.example", "c.example"]
    private static let locals = ["jo", "al", "team", "extra", "x"]

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &numbers)]
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &numbers) < percent }

    private mutating func address() -> String { "\(pick(Self.locals))@\(pick(Self.places))" }

    private mutating func user() -> String { "\(pick(Self.locals))@\(pick(Self.domains))" }

    private mutating func list(with own: String) -> String {
        var items = (0..<Int.random(in: 0...3, using: &numbers)).map { _ in address() }
        if chance(50) { items.append(own) }
        if chance(10) { items.append("bad") }
        return items.joined(separator: ",")
    }

    /// - Parameter users: those that exist, so that most calls find theirs.
    mutating func next(users: [String]) -> Call {
        let isDomainAdmin = chance(15)
        let new = user()
        let user = users.isEmpty || chance(20) ? new : pick(users)
        func call(_ method: Method, _ target: String, _ form: String? = nil) -> Call {
            Call(method: method, target: target, form: form, isDomainAdmin: isDomainAdmin)
        }
        switch Int.random(in: 0..<100, using: &numbers) {
        case 0..<10: return call(.post, "/api/domain/\(pick(Self.places))", domainForm())
        case 10..<11: return call(.delete, "/api/domain/\(pick(Self.domains))\(pick(["", "/keep_mailbox_days/3"]))")
        case 11..<29: return call(.post, "/api/user/\(new)", userForm(new, isNew: true))
        case 29..<84: return call(.put, "/api/user/\(user)", userForm(user, isNew: false))
        case 84..<89: return call(.delete, "/api/user/\(user)")
        case 89..<90: return call(.delete, "/api/user/\(user)/keep_mailbox_days/3")
        case 90..<97: return call(.get, "/api/user/\(user)")
        default: return call(.get, "/api/domain/\(pick(Self.domains))")
        }
    }

    private mutating func domainForm() -> String {
        var form = "name=D"
        if chance(30) { form += "&quota=\(pick([0, 50, 500]))" }
        if chance(20) { form += "&numberOfUsers=\(pick([-1, 0, 2]))" }
        if chance(20) { form += "&maxUserQuota=\(pick([0, 20]))&defaultQuota=\(pick([5, 30]))" }
        if chance(10) { form += "&senderBcc=\(pick(["", "jo@a.example", "bad"]))" }
        return form
    }

    private mutating func userForm(_ user: String, isNew: Bool) -> String {
        var pairs: [String] = []
        if isNew || chance(10) {
            pairs.append("password=\(pick(["Other-5678", "Other-5678", "Other-5678", "weak", ""]))")
        }
        if chance(20) { pairs.append("quota=\(pick(["0", "10", "40", "-1"]))") }
        if chance(10) { pairs.append("language=\(pick(["de_DE", "xx", ""]))") }
        if !isNew {
            if chance(35) { pairs.append("accountStatus=\(pick(["active", "disabled", "disabled", "maybe"]))") }
            if chance(40) { pairs.append("forwarding=\(list(with: user))") }
            if chance(25) { pairs.append("aliases=\(list(with: user))") }
            if chance(25) { pairs.append("addAlias=\(list(with: user))") }
            if chance(15) { pairs.append("removeAlias=\(list(with: user))") }
        }
        return pairs.shuffled(using: &numbers).joined(separator: "&")
    }
}
