package import Mail
package import SQLite

/// The table `domain_ownership`: proofs that a normal admin owns a domain.
package struct OwnershipStore {
    let vmail: Database

    package func isVerified(_ domain: DomainName, by admin: MailAddress) throws(SQLiteError) -> Bool {
        try vmail.number(
            """
            SELECT EXISTS (SELECT 1 FROM domain_ownership
                            WHERE admin = \(admin) AND domain = \(domain) AND alias_domain = '' AND verified = 1)
            """) != 0
    }

    /// Asks for a proof. An earlier request for the same domain is renewed.
    /// - Parameters:
    ///   - aliasDomain: the name to be proved, when it is not the domain itself.
    ///   - code: what the admin must publish.
    ///   - expiry: until when.
    package func request(
        _ domain: DomainName, aliasDomain: DomainName?, by admin: MailAddress, code: String, expiry: Moment
    ) throws(SQLiteError) {
        try vmail.change(
            """
            INSERT INTO domain_ownership (admin, domain, alias_domain, verify_code, verified, expire)
            VALUES (\(admin), \(domain), \(aliasDomain?.text ?? ""), \(code), 0, \(expiry.epoch))
            ON CONFLICT (admin, domain, alias_domain) DO UPDATE
               SET verify_code = excluded.verify_code, verified = 0, expire = excluded.expire
            """)
    }
}

extension Store {
    package var ownership: OwnershipStore { OwnershipStore(vmail: vmail) }
}
