import Mail
import MailStore

extension Domains {
    static func show(_ call: Call, _ domain: DomainRow) throws -> Reply {
        let caller = try call.caller
        // The code is between the server and whoever made the claim.
        let claims = try call.store.ownership.claims(of: domain.name)
            .filter { caller.isGlobal || $0.admin == caller.username.text }
        return try Reply.data { json in
            _ = try json.domainProfile(domain.name, call.store, claims: claims)
        }
    }
}
