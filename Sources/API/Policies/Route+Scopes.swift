import Gateway
import Mail
import MailStore

// Policies: what amavisd and iRedAPD do with mail. Source: `Contract.md` 12 to 17.
//
// A policy is for a scope: everybody, a domain or an account. Each kind has a file with its operations and their
// parameters: `SpamPolicies`, `Throttles`, `Greylisting`, `GreylistingWhitelists`, `SenderLists`. They declare an
// operation once with `Route.forEveryScope`, which makes a route for each scope. `Explanations` tells what is in force
// for an account. `PolicyShapes.swift` and `ExplanationShapes.swift` have what GET answers;
// `Sources/MailStore/Policies` has the rows.

extension Route {
    /// Three routes for one operation: for everybody, a domain and an account.
    ///
    /// - Parameters:
    ///   - path: with `<scope>`, which stands for `global`, `<domain>` and `<mail>`.
    ///   - id: with `<scope>`, which stands for `global`, `domain` and `account`.
    ///   - profile: the part of the profile that must be open to a normal admin.
    ///   - summary: the beginning of a sentence, up to the preposition before the scope.
    static func forEveryScope<Input: FormInput>(
        _ method: Method, _ path: String, _ id: String, _ profile: ProfilePart, _ summary: String,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [],
        _ apply: @escaping @Sendable (Call, Scope, Input) throws -> Reply
    ) -> [Route] {
        ScopeForm.allCases.map { form in
            let route = Route(
                method, form.path(path), id.replacing("<scope>", with: form.rawValue),
                form == .global ? .globalAdmin : .domainAdmin, "\(summary) \(form.summary).",
                on: form == .global ? .everybody : .scope(profile), answers: answer, refuses: refusals, apply
            ).describedAsClosed(with: profile.name)
            guard form != .global, !ScopeForm.hasKindSegment(in: path) else { return route }
            return route.merged(
                id: id.replacing("<scope>_", with: ""), "\(summary) a mail domain, user, alias or mailing list.")
        }
    }

    /// The same for an operation without parameters.
    static func forEveryScope(
        _ method: Method, _ path: String, _ id: String, _ profile: ProfilePart, _ summary: String,
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

    /// Whether the path has `domain` or `user` before the name, as those of spam policies have.
    static func hasKindSegment(in pattern: String) -> Bool { pattern.hasPrefix("/api/spampolicy/") }

    func path(_ pattern: String) -> String {
        let isSpamPolicy = Self.hasKindSegment(in: pattern)
        let scope =
            switch self {
            case .global: "global"
            case .domain: isSpamPolicy ? "domain/<domain>" : "<domain>"
            case .account: isSpamPolicy ? "user/<mail>" : "<mail>"
            }
        return pattern.replacing("<scope>", with: scope)
    }
}

extension ProfilePart {
    /// The parts that are policies. One is closed to normal admins when `disabled_domain_profiles` or
    /// `disabled_user_profiles` of the domain names it. Source: `Contract.md` 12.3.
    static let policies: [ProfilePart] = [.spampolicy, .throttle, .greylisting, .wblist]

    /// Whether the caller may neither see nor change this policy of the scope.
    func isClosed(for scope: Scope, _ call: Call) throws -> Bool {
        if try call.caller.isGlobal { return false }
        let domain: DomainName
        let key: String
        switch scope {
        case .global: return true
        case .domain(let named): (domain, key) = (named, "disabled_domain_profiles")
        case .account(let address): (domain, key) = (address.domain, "disabled_user_profiles")
        }
        let row = try call.store.domains.find(domain)
        return row?.settings[list: key].contains(name) == true
    }
}

extension Target where Value == Scope {
    /// The global scope.
    static var everybody: Target { Target { _ in .global } }

    /// The scope in the path; the policy must be open to the caller, and the domain or account must exist.
    static func scope(_ profile: ProfilePart) -> Target {
        Target(
            find: { call in
                let scope = call.scope
                if try profile.isClosed(for: scope, call) { throw APIError.permissionDenied }
                try call.requireScope(scope)
                return scope
            }, refusals: [.permissionDenied, .noSuchAccount])
    }

    /// The scope of the account in the path, which must exist.
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
    /// The scope that the path names: everybody when it has neither an address nor a domain.
    var scope: Scope {
        if let mail = path.mail { return .account(mail) }
        if let domain = path.domain { return .domain(domain) }
        return .global
    }

    /// Refuses a scope that is no primary domain, mailbox, alias or mailing list: amavisd and iRedAPD would never look
    /// for its rows (`Contract.md` 12.4).
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
    /// The line for a change or removal of a scope's policy.
    /// - Parameter policy: its name in the sentence.
    init(_ event: Event, policy: String, of scope: Scope) {
        let message = "\(event == .delete ? "Delete" : "Update") \(policy): \(scope)."
        switch scope {
        case .global: self.init(event, message)
        case .domain(let name): self.init(event, message, domain: name.text)
        case .account(let address): self.init(event, message, domain: address.domain.text, account: address.text)
        }
    }
}
