import Gateway
import Mail
import MailStore

extension Route {
    /// The same action for every scope, at the three paths published for it.
    ///
    /// - Parameters:
    ///   - path: with `<scope>`, which stands for `global`, `<domain>` and `<mail>`.
    ///   - id: with `<scope>`, which stands for `global`, `domain` and `account`.
    ///   - summary: what it does, ending in a preposition; whom it is about follows.
    ///   - profile: the part of a domain's and its users' profiles whose closing keeps normal admins out.
    static func forEveryScope<Input: FormInput>(
        _ method: Method, _ path: String, _ id: String, _ profile: PolicyProfile, _ summary: String,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [],
        _ apply: @escaping @Sendable (Call, Scope, Input) throws -> Reply
    ) -> [Route] {
        ScopeForm.allCases.map { form in
            let route = Route(
                method, form.path(path), id.replacing("<scope>", with: form.rawValue),
                form == .global ? .globalAdmin : .domainAdmin, "\(summary) \(form.summary).",
                on: form == .global ? .everybody : .scope(profile), answers: answer, refuses: refusals, apply
            ).closed(with: profile.rawValue)
            guard form != .global, !ScopeForm.isNamed(in: path) else { return route }
            return route.merged(
                id: id.replacing("<scope>_", with: ""), "\(summary) a mail domain, user, alias or mailing list.")
        }
    }

    /// The same without parameters.
    static func forEveryScope(
        _ method: Method, _ path: String, _ id: String, _ profile: PolicyProfile, _ summary: String,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [],
        _ apply: @escaping @Sendable (Call, Scope) throws -> Reply
    ) -> [Route] {
        forEveryScope(method, path, id, profile, summary, answers: answer, refuses: refusals) {
            (call, scope, _: NoInput) in
            try apply(call, scope)
        }
    }
}

/// How a path names a scope.
private enum ScopeForm: String, CaseIterable {
    case global, domain, account

    var summary: String {
        switch self {
        case .global: "everybody"
        case .domain: "a mail domain"
        case .account: "a mail user, alias or mailing list"
        }
    }

    /// Spam policies say `domain` or `user` before the name; the others let the name speak for itself.
    static func isNamed(in pattern: String) -> Bool { pattern.hasPrefix("/api/spampolicy/") }

    func path(_ pattern: String) -> String {
        let isSpamPolicy = Self.isNamed(in: pattern)
        let scope =
            switch self {
            case .global: "global"
            case .domain: isSpamPolicy ? "domain/<domain>" : "<domain>"
            case .account: isSpamPolicy ? "user/<mail>" : "<mail>"
            }
        return pattern.replacing("<scope>", with: scope)
    }
}

/// A part of domains' and users' profiles that holds a policy: closed to a normal admin where the domain's settings
/// list it.
enum PolicyProfile: String, CaseIterable, Sendable {
    case spamPolicy = "spampolicy"
    case throttle, greylisting, wblist

    /// Whether the caller may neither see nor change it for this scope.
    func isClosed(for scope: Scope, _ call: Call) throws -> Bool {
        if try call.caller.isGlobal { return false }
        let domain: DomainName
        let key: String
        switch scope {
        case .global: return true
        case .domain(let name): (domain, key) = (name, "disabled_domain_profiles")
        case .account(let address): (domain, key) = (address.domain, "disabled_user_profiles")
        }
        let row = try call.store.domains.find(domain)
        return row?.settings[list: key].contains(rawValue) == true
    }
}

extension Target where Value == Scope {
    /// The scope of everybody.
    static var everybody: Target { Target { _ in .global } }

    /// The scope in the path, if it is here and open to the caller.
    static func scope(_ profile: PolicyProfile) -> Target {
        Target(
            find: { call in
                let scope = call.scope
                if try profile.isClosed(for: scope, call) { throw APIError.permissionDenied }
                try call.requireScope(scope)
                return scope
            }, refusals: [.permissionDenied, .noSuchAccount])
    }

    /// The account in the path, if it is here.
    static var accountScope: Target {
        Target(
            find: { call in
                let scope = call.scope
                try call.requireScope(scope)
                return scope
            }, refusals: [.noSuchAccount])
    }
}

extension Call {
    /// What the path is about.
    var scope: Scope {
        if let mail = path.mail { return .account(mail) }
        if let domain = path.domain { return .domain(domain) }
        return .global
    }

    /// A domain must be a primary one, and an account a mailbox, alias or mailing list: for anything else the consumers
    /// would never look.
    fileprivate func requireScope(_ scope: Scope) throws {
        let exists =
            switch scope {
            case .global: true
            case .domain(let name): try store.domains.find(name) != nil
            case .account(let address): try store.accounts.exists(address)
            }
        guard exists else { throw APIError.noSuchAccount }
    }
}

extension LogEntry {
    /// A change of a scope's policy.
    init(_ event: Event, policy: String, of scope: Scope) {
        let message = "\(event == .delete ? "Delete" : "Update") \(policy): \(scope)."
        switch scope {
        case .global: self.init(event, message)
        case .domain(let name): self.init(event, message, domain: name.text)
        case .account(let address): self.init(event, message, domain: address.domain.text, account: address.text)
        }
    }
}
