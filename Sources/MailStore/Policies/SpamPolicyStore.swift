package import Mail
import Storage

/// The spam policy of one scope, without what it inherits.
package struct SpamPolicyRow: Sendable {
    /// The key as stored; it may be no `Scope`.
    package let account: String
    /// amavisd's priority; the larger wins.
    package let priority: Int
    /// What is left to the next scope is missing.
    package let answers: [SpamPolicySwitch: Bool]
    /// The score from which on mail is spam and is blocked; nil when it is left to the next scope.
    package let score: Double?
    /// Names of amavisd's rules for banned files, in the order in which it asks them; empty for none.
    package let bannedRules: [String]

    fileprivate init(_ row: Row) throws {
        account = try row.text("email")
        priority = try row.integer("priority")
        var answers: [SpamPolicySwitch: Bool] = [:]
        for item in SpamPolicySwitch.allCases { answers[item] = try item.answer(in: row) }
        self.answers = answers
        let levels = [try row.column("spam_tag2_level"), try row.column("spam_kill_level")]
        score = levels.first { !row.isNull($0) }.map { row.real($0) }
        // Other programs may write blanks between them, which amavisd takes for commas.
        bannedRules = try row.text("banned_rulenames").split { $0 == "," || $0 == " " }.map(String.init)
    }

    private init(of row: SpamPolicyRow, _ answers: [SpamPolicySwitch: Bool], _ score: Double?, _ bannedRules: [String])
    {
        account = row.account
        priority = row.priority
        self.answers = answers
        self.score = score
        self.bannedRules = bannedRules
    }

    /// A copy that leaves the other answers to the next scope; nil when nothing is left.
    func withOnly(
        answers isKept: (SpamPolicySwitch) -> Bool, score keepsScore: Bool, bannedRules keepsRule: (String) -> Bool
    ) -> SpamPolicyRow? {
        let answers = answers.filter { isKept($0.key) }
        let score = keepsScore ? score : nil
        let rules = bannedRules.filter(keepsRule)
        return answers.isEmpty && score == nil && rules.isEmpty ? nil : SpamPolicyRow(of: self, answers, score, rules)
    }
}

/// amavisd's tables `policy` and `users`: `Contract.md` 13.
package struct SpamPolicyStore {
    let amavisd: Database

    private var users: AmavisdUsers { AmavisdUsers(amavisd: amavisd) }

    private static let columns =
        (SpamPolicySwitch.allCases.map(\.answerColumn.description)
        + ["spam_tag2_level", "spam_kill_level", "banned_rulenames"])
        .map { "policy.\($0)" }.joined(separator: ", ")

    /// The scope's own policy; nil when there is none, or `users` points to another one.
    package func find(_ scope: Scope) throws -> SpamPolicyRow? {
        try amavisd.first(
            SQL(
                trusted: """
                    SELECT users.email, users.priority, \(Self.columns)
                      FROM users JOIN policy ON policy.id = users.policy_id AND policy.policy_name = text_of(users.email)
                     WHERE users.email = ?
                    """,
                [scope.key.sqlValue]),
            SpamPolicyRow.init)
    }

    /// The policies of some keys, in the order in which amavisd reads them.
    package func all(_ keys: [String]) throws -> [SpamPolicyRow] {
        let places = keys.map { _ in "?" }.joined(separator: ", ")
        return try amavisd.all(
            SQL(
                trusted: """
                    SELECT users.email, users.priority, \(Self.columns)
                      FROM users JOIN policy ON policy.id = users.policy_id
                     WHERE users.email IN (\(places))
                     ORDER BY users.priority DESC
                    """,
                keys.map(\.sqlValue)),
            SpamPolicyRow.init)
    }

    /// What a request changes.
    package struct Changes: Sendable {
        /// What is missing stays as it is. Nil leaves it to the next scope.
        package var answers: [SpamPolicySwitch: Bool?] = [:]
        /// Nil leaves the score as it is, `.some(nil)` leaves it to the next scope.
        package var score: Double??
        /// Nil leaves the rules as they are; empty: none of this scope's own.
        package var bannedRules: [String]?

        package init() {}

        fileprivate func assignments(_ stored: SpamPolicySwitch.StoredSettings) -> [(
            column: StaticString, value: SQL.Value
        )] {
            var all = SpamPolicySwitch.allCases.flatMap { item in
                answers[item].map { item.assignments($0, stored) } ?? []
            }
            if let score {
                // Why both: `Contract.md` 13.1.
                let value = score.map { SQL.Value.real($0) } ?? .null
                all += [("spam_tag2_level", value), ("spam_kill_level", value)]
            }
            if let bannedRules {
                let names = bannedRules.isEmpty ? SQL.Value.null : .text(bannedRules.joined(separator: ","))
                all.append(("banned_rulenames", names))
            }
            return all
        }
    }

    /// Changes the scope's policy, or makes one: `Contract.md` 13.2.
    package func write(_ scope: Scope, _ changes: Changes, _ stored: SpamPolicySwitch.StoredSettings) throws {
        var changes = changes
        let existing = try id(of: scope)
        if existing == nil, scope == .global {
            for item in SpamPolicySwitch.allCases where changes.answers[item] == nil {
                if let answer = item.defaultOfNewGlobalPolicy { changes.answers[item] = answer }
            }
        }
        let assignments = changes.assignments(stored)
        if let existing {
            let list = assignments.map { "\($0.column) = ?" }.joined(separator: ", ")
            try amavisd.change(
                SQL(trusted: "UPDATE policy SET \(list) WHERE id = ?", assignments.map(\.value) + [existing.sqlValue]))
        } else {
            let names = (["policy_name"] + assignments.map(\.column.description)).joined(separator: ", ")
            let places = (["?"] + assignments.map { _ in "?" }).joined(separator: ", ")
            try amavisd.change(
                SQL(
                    trusted: "INSERT INTO policy (\(names)) VALUES (\(places))",
                    [scope.key.sqlValue] + assignments.map(\.value)))
        }
        try users.require(scope, policy: try id(of: scope))
    }

    /// Deletes the scope's policy. Its white/blacklists stay.
    /// - Returns: false when there was none.
    package func remove(_ scope: Scope) throws -> Bool {
        let exists = try id(of: scope) != nil
        if !exists, try users.id(of: scope) == nil { return false }
        try amavisd.change("DELETE FROM policy WHERE policy_name = \(scope.key)")
        try amavisd.change("UPDATE users SET policy_id = 0 WHERE email = \(scope.key)")
        try users.removeUnused(scope)
        return exists
    }

    private func id(of scope: Scope) throws -> Int? {
        try amavisd.first("SELECT id FROM policy WHERE policy_name = \(scope.key)") {
            row in row.integer(0)
        }
    }
}

extension Store {
    package var spamPolicies: SpamPolicyStore { SpamPolicyStore(amavisd: amavisd) }
}
