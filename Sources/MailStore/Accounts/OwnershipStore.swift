package import Mail
import Storage

/// A row of `domain_ownership` (`Contract.md` 5.8): the claim of a normal admin to a name, or the proof that it is
/// theirs.
package struct OwnershipClaim: Sendable {
    package let id: Int
    package let admin: String
    package let domain: String
    /// The alias domain that is claimed; empty when the domain itself is claimed.
    package let aliasDomain: String
    /// What the admin must publish in a TXT record.
    package let code: String
    /// False for a claim, true for a proof.
    package let isVerified: Bool
    /// When the claim expires, or the proof no longer counts; 1970-01-01 for a proof that always counts.
    package let expiry: Moment
    /// What was missing when the name servers were asked last; empty for nothing.
    package let message: String

    /// The name that is claimed.
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

    /// The condition on a row of `domain_ownership` that its domain or alias domain is here, but not active.
    static let isWaiting = """
        CASE alias_domain
        WHEN '' THEN EXISTS (SELECT 1 FROM domain WHERE domain.domain = domain_ownership.domain AND active = 0)
        ELSE EXISTS (SELECT 1 FROM alias_domain AS alias
                      WHERE alias.alias_domain = domain_ownership.alias_domain
                        AND alias.target_domain = domain_ownership.domain AND alias.active = 0)
        END
        """
}

/// The table `domain_ownership`: claims and proofs, by the rules of `Contract.md` 5.8. A claim counts while its domain
/// or alias domain is here and not active.
package struct OwnershipStore {
    let vmail: Database

    /// Whether an admin has a proof of a name, as a domain or as an alias domain, that counts.
    package func isProven(_ name: DomainName, by admin: MailAddress, now: Moment) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM domain_ownership
                            WHERE admin = \(admin) AND (domain = \(name) AND alias_domain = '' OR alias_domain = \(name))
                              AND verified = 1 AND (expire = 0 OR expire > \(now.epoch)))
            """)
    }

    /// Makes a claim. An older row of the same three names becomes this claim.
    /// - Parameters:
    ///   - aliasDomain: the name to be proved; nil when it is the domain itself.
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

    /// The claims to a domain and its alias domains, and the proofs of them; those of the domain itself first.
    package func claims(of domain: DomainName) throws -> [OwnershipClaim] {
        try vmail.all(
            SQL(
                trusted: """
                    SELECT \(OwnershipClaim.columns) FROM domain_ownership
                     WHERE domain = ?
                       AND (alias_domain = '' OR alias_domain IN (SELECT alias_domain FROM alias_domain WHERE target_domain = ?))
                       AND (verified = 1 OR \(OwnershipClaim.isWaiting))
                     ORDER BY alias_domain COLLATE BINARY, verified, id
                    """, [domain.sqlValue, domain.sqlValue]), OwnershipClaim.init)
    }

    /// The claims that wait for their proof, those looked up longest ago first, in turns one of each admin. So an admin
    /// with many claims does not delay those of others.
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

    /// The claims whose time is over, in the order of their ids.
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

    /// Nil when there is no such claim, or its name no longer waits for it.
    package func findWaiting(_ id: Int) throws -> OwnershipClaim? {
        try vmail.first(
            SQL(
                trusted: """
                    SELECT \(OwnershipClaim.columns) FROM domain_ownership
                     WHERE id = ? AND verified = 0 AND \(OwnershipClaim.isWaiting)
                    """, [id.sqlValue]), OwnershipClaim.init)
    }

    /// Deletes the proofs of a name, because it has another owner now.
    /// - Parameter admin: the new owner, whose proof stays; empty for none.
    package func deleteProofs(_ name: DomainName, besides admin: String) throws {
        try vmail.change(
            """
            DELETE FROM domain_ownership
             WHERE verified = 1 AND admin <> \(admin) AND (domain = \(name) AND alias_domain = '' OR alias_domain = \(name))
            """)
    }

    /// Stores when the name servers were asked, and what was missing.
    package func note(_ id: Int, _ message: String, now: Moment) throws {
        try vmail.change("UPDATE domain_ownership SET last_verify = \(now), message = \(message) WHERE id = \(id)")
    }

    /// Turns a claim into a proof.
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

    /// Deletes all claims to a domain.
    package func deleteClaims(_ domain: DomainName) throws {
        try vmail.change("DELETE FROM domain_ownership WHERE domain = \(domain) AND alias_domain = '' AND verified = 0")
    }

    /// Deletes all claims to an alias domain, of any domain.
    package func deleteClaims(aliasDomain: DomainName) throws {
        try vmail.change("DELETE FROM domain_ownership WHERE alias_domain = \(aliasDomain) AND verified = 0")
    }

    /// Called when a domain is deleted. What `admin`, who deletes it, has proved of it and its alias domains counts at
    /// least until `expiry`.
    func extendProofs(_ domain: DomainName, by admin: MailAddress, provenUntil expiry: Moment) throws {
        try vmail.change(
            """
            UPDATE domain_ownership SET expire = GREATEST(expire, \(expiry.epoch))
             WHERE domain = \(domain) AND admin = \(admin) AND verified = 1 AND expire > 0
               AND (alias_domain = '' OR alias_domain IN (SELECT alias_domain FROM alias_domain WHERE target_domain = \(domain)))
            """)
    }

    /// The same for one alias domain.
    package func extendProofs(
        aliasDomain: DomainName, of domain: DomainName, by admin: MailAddress, provenUntil expiry: Moment
    ) throws {
        try vmail.change(
            """
            UPDATE domain_ownership SET expire = GREATEST(expire, \(expiry.epoch))
             WHERE domain = \(domain) AND alias_domain = \(aliasDomain) AND admin = \(admin)
               AND verified = 1 AND expire > 0
            """)
    }

    /// Called when an admin is deleted. Their proofs go, and their claims expire now, so that housekeeping deletes the
    /// domains and alias domains that wait for them.
    package func removeAll(of admin: MailAddress) throws {
        try removeAll(where: "admin = ?", [admin.sqlValue])
    }

    /// The same for the mailboxes of a domain from one address to another, both included.
    func removeAll(from first: String, to last: String, in domain: DomainName) throws {
        try removeAll(
            where: """
                admin COLLATE BINARY BETWEEN ? AND ? AND substr(admin, instr(admin, '@') + 1) = ?
                AND admin NOT IN (SELECT username FROM admin)
                """,
            [first.sqlValue, last.sqlValue, domain.sqlValue])
    }

    private func removeAll(where condition: String, _ values: [SQL.Value]) throws {
        // As a rule there is nothing to change, and this look-up is all.
        guard
            try vmail.exists(
                SQL(trusted: "SELECT EXISTS (SELECT 1 FROM domain_ownership WHERE \(condition))", values))
        else { return }
        try vmail.change(SQL(trusted: "DELETE FROM domain_ownership WHERE verified = 1 AND \(condition)", values))
        // A claim stays until housekeeping, because without it the domain would look like one that a global admin has
        // switched off. No address begins with '#'.
        try vmail.change(
            SQL(trusted: "UPDATE domain_ownership SET expire = 0, verify_code = '' WHERE \(condition)", values))
        try vmail.change(SQL(trusted: "UPDATE domain_ownership SET admin = '#' || id WHERE \(condition)", values))
    }

    /// Gives claims and proofs to the admin's new address.
    func rename(_ old: MailAddress, to new: MailAddress) throws {
        // What is there is left over from an account that is gone.
        try removeAll(of: new)
        try vmail.change("UPDATE domain_ownership SET admin = \(new) WHERE admin = \(old)")
    }
}

extension Store {
    package var ownership: OwnershipStore { OwnershipStore(vmail: vmail) }
}

// MARK: Names that wait for a proof

extension DomainStore {
    /// Whether the domain waits for the proof that it belongs to the admin who made it. Until then it gives no power
    /// over anything outside itself: `Contract.md` 3.2.
    package func isWaiting(_ name: DomainName) throws -> Bool {
        try vmail.number(SQL(trusted: "SELECT \(Self.isWaiting("?"))", [name.sqlValue])) != 0
    }

    /// The same as a condition.
    /// - Parameter name: an SQL expression for the domain's name.
    static func isWaiting(_ name: String) -> String {
        """
        EXISTS (SELECT 1 FROM domain_ownership AS claim JOIN domain AS claimed ON claimed.domain = claim.domain
                 WHERE claim.domain = \(name) AND claim.alias_domain = '' AND claim.verified = 0 AND claimed.active = 0)
        """
    }

    /// The target of an alias domain that waits for its proof; nil when the name is none.
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
    /// Turns a claim into a proof, and makes its domain or alias domain active, with the addresses under it.
    /// - Returns: false, with nothing changed, when the name no longer waits for this claim.
    package func acceptProof(_ claim: OwnershipClaim, until expiry: Moment, now: Moment) throws -> Bool {
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
        try ownership.deleteProofs(name, besides: claim.admin)
        return true
    }

    /// To be called when a domain has become active or inactive. Works out `forwardings.active` anew, and deletes the
    /// claims to the domain: the proof is not needed any more.
    package func statusChanged(of name: DomainName) throws {
        try ownership.deleteClaims(name)
        try forwardings.refreshAliases(below: name)
        try forwardings.refreshDestinations(in: name)
    }

    /// Deletes an alias domain that waits for its proof, with all claims to it.
    package func dropClaim(toAlias alias: DomainName, of target: DomainName) throws {
        try domains.removeAliasDomain(alias, of: target)
        try ownership.deleteClaims(aliasDomain: alias)
    }

    /// Deletes claims whose time is over, and the domains and alias domains that wait for them. Of a domain this is the
    /// beginning (`beginDeletion`).
    /// - Returns: how many claims went.
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
