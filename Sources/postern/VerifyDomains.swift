import Gateway

/// `postern verify-domains`: looks for the codes that prove who owns waiting domains. Source: `Contract.md` 5.8.
enum VerifyDomains: LookupTool {
    static let name = "verify-domains"
    static let summary = "Looks up the codes that prove the ownership of waiting domains, which are then activated."
    static let options = [Option.state, .settings, .once, .dns, .resolver, .timeLimit, .serverSocket]
    static let defaultTimeLimit = 120
    static var notes: String {
        """
        \(sharedNotes)
        A domain or alias domain is proven when one TXT record of exactly its name is the code that was given to the admin
        who made it. Names whose last look-up is longest ago come first. A name without an answer is asked again in the
        next run. Expired claims are removed.
        Exit status 0 when every name server has answered, 1 when some have not, 2 for everything else.
        """
    }

    static func perform(_ arguments: Arguments, _ lookup: Lookup) throws {
        let lock = try StateDirectory(arguments).takeLookupLock(.verifyDomains, arguments)
        defer { withExtendedLifetime(lock) {} }
        let end = ContinuousClock.now + lookup.timeLimit
        var summary = DomainProofSummary()
        summary.expired = try RetryingChannel(arguments).ask(Removal.self, .delete, "/postern/domain_claims/expired")
            .removed
        // Each request has a channel of its own, so that none is open, and maybe the writer, while the DNS is asked.
        let claims = try RetryingChannel(arguments).ask([Claim].self, .get, "/postern/domain_claims")
        for (index, claim) in claims.enumerated() {
            guard index == 0 || ContinuousClock.now < end else {
                summary.left = claims.count - index
                break
            }
            Postern.progress(index + 1, of: claims.count)
            let proof = DomainProof(of: claim.domain, code: claim.code, lookup.resolverForAName)
            if try tell(proof, of: claim, arguments) {
                summary.count(proof)
                Postern.report("\(claim.domain): \(proof)")
            } else {
                Postern.report("\(claim.domain): skipped: nobody waits for it any more")
            }
        }
        guard summary.unknown + summary.left == 0 else { throw IncompleteRun(description: "\(summary)") }
        Postern.report("\(name): \(summary)")
    }

    /// Tells the server the outcome, also of a look-up without success: so the next run begins with other claims. A
    /// claim stays valid after a "no".
    ///
    /// - Returns: false when the claim is gone.
    private static func tell(_ proof: DomainProof, of claim: Claim, _ arguments: Arguments) throws -> Bool {
        do {
            let form = [("verified", proof == .proven ? "yes" : "no"), ("message", proof.message)]
            _ = try RetryingChannel(arguments).ask(
                OperatorChannel.Nothing.self, .put, "/postern/domain_claims/\(claim.id)", form)
            return true
        } catch let refusal as OperatorChannel.Refusal where refusal.word == "NO_SUCH_ACCOUNT" {
            return false
        }
    }

    /// A row of `GET /postern/domain_claims`.
    private struct Claim: Decodable {
        let id: Int
        let domain: String
        let code: String
    }

    /// The answer of `DELETE /postern/domain_claims/expired`.
    private struct Removal: Decodable { let removed: Int }
}

extension DomainProof: CustomStringConvertible {
    /// For the admin who waits for the domain.
    var message: String {
        switch self {
        case .proven: "verified"
        case .missing(let reason): reason
        case .unknown: "the name servers gave no answer; they are asked again"
        }
    }

    /// For the log; it never has the code.
    var description: String {
        switch self {
        case .proven: "verified"
        case .missing(let reason): "not verified (\(reason))"
        case .unknown(let reason): "no answer (\(reason)); asked again next time"
        }
    }
}

/// The counts of one run of `postern verify-domains`.
struct DomainProofSummary: CustomStringConvertible {
    private var proven = 0
    private var missing = 0
    private(set) var unknown = 0
    var expired = 0
    /// Claims that were not looked up, because the time was over.
    var left = 0

    mutating func count(_ proof: DomainProof) {
        switch proof {
        case .proven: proven += 1
        case .missing: missing += 1
        case .unknown: unknown += 1
        }
    }

    var description: String {
        let claims = proven + missing + unknown
        return "\(claims) domain\(claims == 1 ? "" : "s") asked for: \(proven) verified, \(missing) not, "
            + "\(unknown) without an answer; \(expired) expired"
            + (left == 0 ? "" : "; the time is over, \(left) left for the next run")
    }
}
