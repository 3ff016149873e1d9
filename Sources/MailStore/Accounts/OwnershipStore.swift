package import Mail
import SQLite

/// A normal admin's claim to a name: he must publish a code under it to prove that it is his.
package struct OwnershipClaim: Sendable {
    package let id: Int
    package let admin: String
    package let domain: String
    /// The alias domain that is claimed; empty when the domain itself is.
    package let aliasDomain: String
    /// What is to be published.
    package let code: String
    package let isVerified: Bool
    package let expiry: Moment
    /// What was missing when the name servers were asked last; empty before that.
    package let message: String

    /// The name that is to be proved.
    package var name: String { aliasDomain.isEmpty ? domain : aliasDomain }

    init(_ row: Row) throws {
        id = try row.integer("id")
        admin = try row.text("admin")
        domain = try row.text("domain")
        aliasDomain = try row.text("alias_domain")
        code = try row.text("verify_code")
        isVerified = try row.integer("verified") != 0
        expiry = Moment(epoch: try row.integer("expire"))
        message = try row.text("message")
    }

    static let columns = "id, admin, domain, alias_domain, verify_code, verified, expire, message"

    /// As a condition on a row of `domain_ownership`.
    static let isWaiting = """
        CASE alias_domain
        WHEN '' THEN EXISTS (SELECT 1 FROM domain WHERE domain.domain = domain_ownership.domain AND active = 0)
        ELSE EXISTS (SELECT 1 FROM alias_domain AS alias
                      WHERE alias.alias_domain = domain_ownership.alias_domain
                        AND alias.target_domain = domain_ownership.domain AND alias.active = 0)
        END
        """
}

/// The table `domain_ownership`: proofs that a normal admin owns a domain, and claims that wait for one.
///
/// A proof counts for the admin who gave it, until it expires (never with 0, as other programs may have written it), and
/// for nobody who has his address later. A claim counts while its domain or alias domain is there and not active.
package struct OwnershipStore {
    let vmail: Database

    /// Whether an admin has proved a name, as a domain or as an alias domain, so recently that it still counts.
    package func isProven(_ name: DomainName, by admin: MailAddress, now: Moment) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM domain_ownership
                            WHERE admin = \(admin) AND (domain = \(name) AND alias_domain = '' OR alias_domain = \(name))
                              AND verified = 1 AND (expire = 0 OR expire > \(now.epoch)))
            """)
    }

    /// Asks for a proof. An earlier request for the same domain is renewed.
    /// - Parameters:
    ///   - aliasDomain: the name to be proved, when it is not the domain itself.
    ///   - code: what the admin must publish.
    ///   - expiry: until when.
    package func request(
        _ domain: DomainName, aliasDomain: DomainName?, by admin: MailAddress, code: String, expiry: Moment
    ) throws {
        try vmail.change(
            """
            INSERT INTO domain_ownership (admin, domain, alias_domain, verify_code, verified, expire)
            VALUES (\(admin), \(domain), \(aliasDomain?.text ?? ""), \(code), 0, \(expiry.epoch))
            ON CONFLICT (admin, domain, alias_domain) DO UPDATE
               SET verify_code = excluded.verify_code, verified = 0, expire = excluded.expire, message = ''
            """)
    }

    /// What is claimed, or was proved, of a domain and its alias domains; the domain itself first.
    package func claims(of domain: DomainName) throws -> [OwnershipClaim] {
        try vmail.all(
            SQL(
                trusted: """
                    SELECT \(OwnershipClaim.columns) FROM domain_ownership
                     WHERE domain = ?
                       AND (alias_domain = '' OR alias_domain IN (SELECT alias_domain FROM alias_domain WHERE target_domain = ?))
                       AND (verified = 1 OR \(OwnershipClaim.isWaiting))
                     ORDER BY alias_domain, verified, id
                    """, [domain.sqlValue, domain.sqlValue]), OwnershipClaim.init)
    }

    /// Claims that wait for their proof: in turns one of each admin, those asked longest ago first. So nobody's many claims
    /// keep another one's from being looked at.
    package func waiting(now: Moment, atMost limit: Int) throws -> [OwnershipClaim] {
        try vmail.all(
            SQL(
                trusted: """
                    SELECT \(OwnershipClaim.columns) FROM domain_ownership
                     WHERE verified = 0 AND expire > ? AND \(OwnershipClaim.isWaiting)
                     ORDER BY ROW_NUMBER() OVER (PARTITION BY admin ORDER BY last_verify, id), last_verify, id
                     LIMIT ?
                    """, [now.epoch.sqlValue, limit.sqlValue]), OwnershipClaim.init)
    }

    /// Claims whose time for a proof is over.
    package func expired(now: Moment, atMost limit: Int) throws -> [OwnershipClaim] {
        try vmail.all(
            SQL(
                trusted: """
                    SELECT \(OwnershipClaim.columns) FROM domain_ownership
                     WHERE verified = 0 AND expire <= ?
                       AND NOT EXISTS (SELECT 1 FROM long_changes WHERE long_changes.domain = domain_ownership.domain)
                     ORDER BY id LIMIT ?
                    """, [now.epoch.sqlValue, limit.sqlValue]), OwnershipClaim.init)
    }

    /// Nil when there is no such claim, or nothing waits for it any more.
    package func findWaiting(_ id: Int) throws -> OwnershipClaim? {
        try vmail.first(
            SQL(
                trusted: """
                    SELECT \(OwnershipClaim.columns) FROM domain_ownership
                     WHERE id = ? AND verified = 0 AND \(OwnershipClaim.isWaiting)
                    """, [id.sqlValue]), OwnershipClaim.init)
    }

    /// The name has got another owner: what others have proved of it counts no more.
    package func forget(_ name: DomainName, besides admin: String) throws {
        try vmail.change(
            """
            DELETE FROM domain_ownership
             WHERE verified = 1 AND admin <> \(admin) AND (domain = \(name) AND alias_domain = '' OR alias_domain = \(name))
            """)
    }

    /// Writes down that the name servers were asked, and what was missing.
    package func note(_ id: Int, _ message: String, now: Moment) throws {
        try vmail.change("UPDATE domain_ownership SET last_verify = \(now), message = \(message) WHERE id = \(id)")
    }

    package func prove(_ id: Int, until expiry: Moment, now: Moment) throws {
        try vmail.change(
            """
            UPDATE domain_ownership SET verified = 1, expire = \(expiry.epoch), last_verify = \(now), message = ''
             WHERE id = \(id)
            """)
    }

    package func remove(_ id: Int) throws {
        try vmail.change("DELETE FROM domain_ownership WHERE id = \(id)")
    }

    /// Nobody needs to prove this domain any more.
    package func settle(_ domain: DomainName) throws {
        try vmail.change("DELETE FROM domain_ownership WHERE domain = \(domain) AND alias_domain = '' AND verified = 0")
    }

    /// Nobody needs to prove this alias domain any more, of whichever domain it was claimed.
    package func settle(aliasDomain: DomainName) throws {
        try vmail.change("DELETE FROM domain_ownership WHERE alias_domain = \(aliasDomain) AND verified = 0")
    }

    /// The domain goes. What its admin himself, who removes it, has proved of it counts for a while from now on; what others
    /// have proved once, only as long as it did anyway.
    func leave(_ domain: DomainName, by admin: MailAddress, provenUntil expiry: Moment) throws {
        try vmail.change(
            """
            UPDATE domain_ownership SET expire = MAX(expire, \(expiry.epoch))
             WHERE domain = \(domain) AND admin = \(admin) AND verified = 1 AND expire > 0
               AND (alias_domain = '' OR alias_domain IN (SELECT alias_domain FROM alias_domain WHERE target_domain = \(domain)))
            """)
    }

    /// The same of one alias domain.
    package func leave(
        aliasDomain: DomainName, of domain: DomainName, by admin: MailAddress, provenUntil expiry: Moment
    ) throws {
        try vmail.change(
            """
            UPDATE domain_ownership SET expire = MAX(expire, \(expiry.epoch))
             WHERE domain = \(domain) AND alias_domain = \(aliasDomain) AND admin = \(admin)
               AND verified = 1 AND expire > 0
            """)
    }

    /// The admin is gone: what he has proved is nobody's, and what he has claimed expires now, so that housekeeping
    /// removes it.
    package func removeAll(of admin: MailAddress) throws {
        try removeAll(where: "admin = ?", [admin.sqlValue])
    }

    /// The same of every admin whose mailbox goes.
    func removeAll(from first: String, to last: String, in domain: DomainName) throws {
        try removeAll(
            where: """
                admin BETWEEN ? AND ? AND substr(admin, instr(admin, '@') + 1) = ?
                AND admin NOT IN (SELECT username FROM admin)
                """,
            [first.sqlValue, last.sqlValue, domain.sqlValue])
    }

    private func removeAll(where condition: String, _ values: [SQL.Value]) throws {
        // Hardly anybody has claimed anything.
        let claims = SQL(trusted: "SELECT EXISTS (SELECT 1 FROM domain_ownership WHERE \(condition))", values)
        guard try vmail.number(claims) != 0 else { return }
        try vmail.change(SQL(trusted: "DELETE FROM domain_ownership WHERE verified = 1 AND \(condition)", values))
        // The row stays until then: without it the domain would look like one that a global admin has switched off. No
        // account's name begins with '#'.
        try vmail.change(
            SQL(trusted: "UPDATE domain_ownership SET expire = 0, verify_code = '' WHERE \(condition)", values))
        try vmail.change(SQL(trusted: "UPDATE domain_ownership SET admin = '#' || id WHERE \(condition)", values))
    }

    func rename(_ old: MailAddress, to new: MailAddress) throws {
        // Left over from an account that is gone.
        try removeAll(of: new)
        try vmail.change("UPDATE domain_ownership SET admin = \(new) WHERE admin = \(old)")
    }
}

extension Store {
    package var ownership: OwnershipStore { OwnershipStore(vmail: vmail) }
}

// MARK: Names that wait for a proof

extension DomainStore {
    /// Whether the domain waits for a proof that it is its maker's. Until then it must have no power over anything outside
    /// itself: the name may be anybody's.
    package func isWaiting(_ name: DomainName) throws -> Bool {
        try vmail.number(SQL(trusted: "SELECT \(Self.isWaiting("?"))", [name.sqlValue])) != 0
    }

    /// The same as a condition on a domain's name.
    static func isWaiting(_ name: String) -> String {
        """
        EXISTS (SELECT 1 FROM domain_ownership AS claim JOIN domain AS claimed ON claimed.domain = claim.domain
                 WHERE claim.domain = \(name) AND claim.alias_domain = '' AND claim.verified = 0 AND claimed.active = 0)
        """
    }

    /// The domain to which a name waits to be an alias; nil when it does not.
    package func target(ofWaiting alias: DomainName) throws -> DomainName? {
        try vmail.first(
            """
            SELECT target_domain AS domain FROM alias_domain
             WHERE alias_domain = \(alias) AND active = 0
               AND EXISTS (SELECT 1 FROM domain_ownership
                            WHERE domain_ownership.alias_domain = alias_domain.alias_domain AND verified = 0)
            """
        ) { row in try row.get("domain", DomainName.init) }
    }

    package func activate(alias: DomainName, now: Moment) throws {
        try vmail.change("UPDATE alias_domain SET active = 1, modified = \(now) WHERE alias_domain = \(alias)")
    }

    package func activate(_ name: DomainName, now: Moment) throws {
        try vmail.change("UPDATE domain SET active = 1, modified = \(now) WHERE domain = \(name)")
    }
}

extension Store {
    /// A name becomes what was claimed: its domain or alias domain is active, and its addresses with it.
    /// - Returns: false, with nothing changed, when the claim has become pointless.
    package func fulfil(_ claim: OwnershipClaim, until expiry: Moment, now: Moment) throws -> Bool {
        guard !claim.isVerified, let domain = DomainName(claim.domain), let name = DomainName(claim.name) else {
            return false
        }
        if let alias = DomainName(claim.aliasDomain) {
            guard try domains.target(ofWaiting: alias) == domain else { return false }
            try domains.activate(alias: alias, now: now)
            try ownership.prove(claim.id, until: expiry, now: now)
            try forwardings.refreshAliases(below: alias)
        } else {
            guard try domains.isWaiting(domain) else { return false }
            try domains.activate(domain, now: now)
            try ownership.prove(claim.id, until: expiry, now: now)
            try statusChanged(of: domain)
        }
        try ownership.forget(name, besides: claim.admin)
        return true
    }

    /// To be called when a domain has become active or inactive: the addresses below it follow. Either way it has been
    /// decided, and nobody has to prove it any more.
    package func statusChanged(of name: DomainName) throws {
        try ownership.settle(name)
        try forwardings.refreshAliases(below: name)
        try forwardings.refreshDestinations(in: name)
    }

    /// Removes an alias domain that only waits.
    package func dropClaim(toAlias alias: DomainName, of target: DomainName) throws {
        try domains.removeAliasDomain(alias, of: target)
        try ownership.settle(aliasDomain: alias)
    }

    /// Removes claims whose time is over, and the domains and alias domains that waited for them.
    ///
    /// A domain's rows go with `continueChange`.
    /// - Returns: how many claims there were.
    package func dropExpiredClaims(now: Moment, atMost limit: Int) throws -> Int {
        let expired = try ownership.expired(now: now, atMost: limit)
        for claim in expired {
            try drop(claim, now: now)
            try ownership.remove(claim.id)
        }
        return expired.count
    }

    private func drop(_ claim: OwnershipClaim, now: Moment) throws {
        guard let domain = DomainName(claim.domain), let system = AdminRow.machineOperator?.username else { return }
        let kind: String
        if let alias = DomainName(claim.aliasDomain) {
            kind = "alias domain"
            guard try domains.target(ofWaiting: alias) == domain else { return }
            try domains.removeAliasDomain(alias, of: domain)
        } else {
            kind = "domain"
            guard try domains.isWaiting(domain) else { return }
            try beginDeletion(of: domain, by: system, deleteDate: nil, provenUntil: now, now: now)
        }
        try log.add(
            LogEntry(
                .delete, "Delete \(kind): \(claim.name). Its ownership was not proved in time.", domain: claim.domain),
            admin: system, ip: "", now: now)
    }
}
