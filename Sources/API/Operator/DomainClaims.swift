import Gateway
import Mail
import MailStore

/// For `postern verify-domains`: it asks which names wait for a proof, and reports what it found in the DNS.
/// Source: `Contract.md` 5.8.
enum DomainClaims {
    static let routes = [
        Route(
            .get, "/postern/domain_claims", "list_domain_claims", .lookup,
            "Names that wait for a proof of their ownership.", list),
        Route(
            .put, "/postern/domain_claims/<number>", "judge_domain_claim", .lookup,
            "Writes down whether a name is proved.", judge),
        Route(
            .delete, "/postern/domain_claims/expired", "remove_expired_domain_claims", .lookup,
            "Removes names that were not proved in time.",
            removeExpired),
    ]

    /// The most claims that one run gets. The next run gets others: those looked up longest ago come first.
    private static let claimsPerRun = 1000

    static func list(_ call: Call) throws -> Reply {
        let claims = try call.store.ownership.waiting(now: call.now, atMost: claimsPerRun)
        return .list { element in
            for claim in claims {
                try element { json in
                    json.object { json in
                        json.member("id", claim.id)
                        json.member("domain", claim.name)
                        json.member("code", claim.code)
                        json.member("expires", claim.expiry.timestamp)
                    }
                }
            }
        }
    }

    static func judge(_ call: Call, _ input: ClaimResult) throws -> Reply {
        guard let id = call.path.number, let claim = try call.store.ownership.findWaiting(id),
            claim.expiry > call.now
        else { throw APIError.noSuchAccount }
        guard input.isVerified else {
            try call.store.ownership.note(id, input.message, now: call.now)
            return .unlogged
        }
        guard try call.store.acceptProof(claim, until: call.ownershipExpiry, now: call.now) else {
            throw APIError.noSuchAccount
        }
        return .changed(LogEntry(.update, "Verify ownership of domain: \(claim.name).", domain: claim.domain))
    }

    static func removeExpired(_ call: Call) throws -> Reply {
        let store = call.store
        let removed = try store.dropExpiredClaims(now: call.now, atMost: 10)
        var reply = Reply.data { $0.object { $0.member("removed", removed) } }
        // The rows of the domains are removed in turns, for which no request waits.
        reply.hasBegunLongChanges = removed > 0
        return reply
    }
}

struct ClaimResult: FormInput {
    let isVerified: Bool
    let message: String

    init(_ form: inout Form) throws(APIError) {
        isVerified = try form.required("verified", .yesNo, by: .caller, "Whether the code was found.", example: "yes")
        message = try form.optional("message", .text, by: .caller, "What was missing.", example: "no TXT record") ?? ""
    }
}
