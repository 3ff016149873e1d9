/// Who has a say in a list, as its control files have it.
package struct ListPeople: Sendable, Equatable {
    package var owners: [String]
    package var moderators: [String]
    /// Who decides about subscriptions; nil where nobody has to, empty for the owners.
    package var subscriptionModerators: [String]?

    package init(owners: [String], moderators: [String], subscriptionModerators: [String]?) {
        self.owners = owners
        self.moderators = moderators
        self.subscriptionModerators = subscriptionModerators
    }

    init(_ state: ListState) {
        owners = state.lines(of: .owner)
        moderators = state.lines(of: .moderators)
        subscriptionModerators = state[.submod] == nil ? nil : state.lines(of: .submod)
    }

    /// Gives somebody another address, or takes them out.
    /// - Returns: whether they were among these people.
    mutating func replace(_ address: String, by new: String?) -> Bool {
        func replaced(_ people: [String]) -> [String] {
            guard people.contains(where: { $0.lowercased() == address }) else { return people }
            let others = people.filter { $0.lowercased() != address }
            return others + [new].compactMap(\.self).filter { !others.contains($0) }
        }
        let before = self
        owners = replaced(owners)
        moderators = replaced(moderators)
        subscriptionModerators = subscriptionModerators.map(replaced)
        return self != before
    }

    /// Who decides about posts that wait.
    package var deciding: [String] { moderators.isEmpty ? owners : moderators }

    /// The control files of these people. Neither of the first two is ever without a line: mlmmj ends with an error, or
    /// with a segmentation fault, when it has nobody to ask. So an empty line stands for nobody, and where there are no
    /// moderators the owners moderate.
    package var controls: [ControlChange] {
        func filled(_ people: [String]) -> [String] { people.isEmpty ? [""] : people }
        return [
            ControlChange(.owner, lines: filled(owners)), ControlChange(.moderators, lines: filled(deciding)),
            ControlChange(.submod, subscriptionModerators.map { $0.map { $0 + "\n" }.joined() }),
        ]
    }

    /// As `controls`, with the access rules that name the moderators.
    func controls(replacing state: ListState) -> [ControlChange] {
        let before = ListPeople(state)
        guard state[.access] == AccessRules.send(from: before.moderators).text else { return controls }
        return controls + [ControlChange(.access, AccessRules.send(from: deciding).text)]
    }
}

/// The content of the control file `access`: who may post, by the header From. The first rule that matches counts; a
/// post that none matches is refused. They are POSIX regular expressions, without regard to case, on unfolded headers.
package struct AccessRules: Sendable {
    package let text: String

    /// What may stand around the address, so that no display name and no second address passes for it.
    private static let (before, after) = ("^From:[ \t]*([^<]*<)?", ">?[ \t]*(\\([^()]*\\))?[ \t]*$")

    /// Posts of these addresses pass without any further check; others go on to the next one.
    package static func send(from addresses: [String]) -> AccessRules {
        AccessRules(rules: addresses.filter { !$0.isEmpty }.map { "send \(before)\(escaped($0))\(after)" } + ["allow"])
    }

    /// Only posts from a domain.
    /// - Parameters:
    ///   - subdomains: whether those of its sub-domains are taken, too.
    ///   - moderates: whether other posts wait for a moderator; false refuses them.
    package static func allow(from domain: String, subdomains: Bool, moderates: Bool) -> AccessRules {
        let names = (subdomains ? "([^<>@ \t]+\\.)?" : "") + escaped(domain)
        let rule = "allow \(before)[^<>@ \t]+@\(names)\(after)"
        return AccessRules(rules: [rule] + (moderates ? ["moderate"] : []))
    }

    private init(rules: [String]) { text = rules.map { $0 + "\n" }.joined() }

    private static func escaped(_ text: String) -> String {
        text.map { $0.isLetter || $0.isNumber || "@-_#=&/".contains($0) ? String($0) : "\\\($0)" }.joined()
    }
}
