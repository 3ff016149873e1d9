import MailStore
import SQLite

extension TestAPI {
    /// The state before the worked examples of `contract/policies.md`: `example.com` with an alias domain, and
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

    func policyConsumer() throws -> PolicyConsumer { try PolicyConsumer(directory: directory) }

    func policyDecisions() throws -> PolicyDecisions { PolicyDecisions(consumer: try policyConsumer()) }
}
