import PasswordHash
import Storage

extension TestAPI {
    /// A mailbox with its self row; its password is `TestAPI.password`.
    func addMailbox(
        _ address: String, quota: Int = 0, active: Bool = true, isAdmin: Bool = false, isGlobalAdmin: Bool = false,
        settings: String = ""
    ) throws {
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(Self.password), .ssha512)
        let (local, domain) = parts(address)
        let maildir = "\(domain)/\(local)/"
        try run(
            """
            INSERT INTO mailbox (username, domain, password, quota, active, isadmin, isglobaladmin, settings,
                                 storagebasedirectory, storagenode, maildir)
            VALUES (\(address), \(domain), \(hash), \(quota), \(active ? 1 : 0), \(isAdmin ? 1 : 0),
                    \(isGlobalAdmin ? 1 : 0), \(settings), '/var/vmail', 'vmail1', \(maildir))
            """)
        if isGlobalAdmin { try run("INSERT INTO domain_admins (username, domain) VALUES (\(address), 'ALL')") }
        try addForwarding(address, to: address, active: active)
    }

    /// A row of `forwardings` with one flag, or none for a catch-all.
    /// - Parameter domain: that of the address, unless given.
    func addForwarding(
        _ address: String, to destination: String, flag: ForwardingFlag = .isForwarding, domain: String? = nil,
        active: Bool = true
    ) throws {
        let own = domain ?? parts(address).domain
        try run(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding, is_alias, is_list, active)
            VALUES (\(address), \(destination), \(own), \(parts(destination).domain), \(flag == .isForwarding ? 1 : 0),
                    \(flag == .isAlias ? 1 : 0), \(flag == .isList ? 1 : 0), \(active ? 1 : 0))
            """)
    }

    enum ForwardingFlag { case isForwarding, isAlias, isList, none }

    /// An alias account with its members.
    func addAlias(_ address: String, members: [String] = [], active: Bool = true) throws {
        try run(
            "INSERT INTO alias (address, domain, active) VALUES (\(address), \(parts(address).domain), \(active ? 1 : 0))"
        )
        for member in members { try addForwarding(address, to: member, flag: .isList, active: active) }
    }

    /// A mailing list with its companion row in `alias`.
    func addList(_ address: String, members: [String] = []) throws {
        let domain = parts(address).domain
        try run("INSERT INTO maillists (address, domain, mlid) VALUES (\(address), \(domain), \(address))")
        try addAlias(address, members: members)
    }

    /// An alias domain.
    func addAliasDomain(_ name: String, of target: String) throws {
        try run("INSERT INTO alias_domain (alias_domain, target_domain) VALUES (\(name), \(target))")
    }

    /// - Returns: for a bare domain name, itself as both.
    private func parts(_ address: String) -> (local: String, domain: String) {
        let pieces = address.split(separator: "@").map(String.init)
        return (pieces.first ?? "", pieces.last ?? "")
    }
}
