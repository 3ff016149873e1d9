import MailStore
import Storage

extension TestAPI {
    /// The state before the worked examples of `PolicyExamplesTests`: `example.com` with an alias domain, and
    /// `other.example`. Greylisting has no settings, the lists are empty; amavisd has iRedMail's global policy.
    static func withPolicyAccounts() throws -> TestAPI {
        let api = try TestAPI()
        for domain in ["example.com", "other.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "example.com")
        for user in ["u@example.com", "w@example.com", "vip@example.com", "w@other.example"] {
            try api.addMailbox(user)
        }
        try api.run("DELETE FROM greylisting", on: .iredapd)
        return api
    }

    func policyConsumer() throws -> PolicyConsumer { try PolicyConsumer(self) }

    func policyDecisions() throws -> PolicyDecisions { PolicyDecisions(consumer: try policyConsumer()) }

    /// What a scope's row of `policy` says: `column=value` for each column that is not NULL, in the table's order.
    /// Nil when there is no such row.
    func policyRow(_ key: String) throws -> [String]? {
        try connection(.amavisd).first("SELECT * FROM policy WHERE policy_name = \(key)") { row in
            (0..<row.columnCount).filter { !row.isNull($0) && !["id", "policy_name"].contains(row.name($0)) }
                .map { "\(row.name($0))=\(row.text($0))" }
        }
    }

    /// The scopes that amavisd knows: key, priority, name of its policy.
    func amavisdUsers() throws -> [String] {
        try rows(
            """
            SELECT users.email, users.priority, policy.policy_name
              FROM users LEFT JOIN policy ON users.policy_id = policy.id
             ORDER BY users.priority, users.email
            """, in: .amavisd)
    }
}
