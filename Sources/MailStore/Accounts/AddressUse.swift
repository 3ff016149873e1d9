package import Mail
import Storage

/// Who has an address, and what is left under it of somebody who is gone: all that a new mailbox must know, in one
/// question.
package struct AddressUse: Sendable {
    /// Whether an account or a per-user alias has it: `Contract.md` 4.
    package let isTaken: Bool
    /// Whether it is the name of an admin without a mailbox.
    package let isStandaloneAdmin: Bool
    /// Whether there are rights over domains under this name.
    let hasRights: Bool
    /// Whether there are claims or proofs of domains under this name.
    let hasClaims: Bool

    init(of address: MailAddress, in vmail: Database) throws {
        var flags = [false, false, false, false]
        try vmail.forEach(Self.query(address)) { row in flags = flags.indices.map { row.integer($0) != 0 } }
        (isTaken, isStandaloneAdmin, hasRights, hasClaims) = (flags[0], flags[1], flags[2], flags[3])
    }

    static func query(_ address: MailAddress) -> SQL {
        """
        SELECT EXISTS (SELECT 1 FROM forwardings WHERE address = \(address))
               OR EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
               OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
               OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address)),
               EXISTS (SELECT 1 FROM admin WHERE username = \(address)),
               EXISTS (SELECT 1 FROM domain_admins WHERE username = \(address)),
               EXISTS (SELECT 1 FROM domain_ownership WHERE admin = \(address))
        """
    }
}

extension Store {
    package func use(of address: MailAddress) throws -> AddressUse { try AddressUse(of: address, in: vmail) }

    /// Announces `use`.
    func announceUse(of address: MailAddress) { vmail.announce([AddressUse.query(address)]) }

    /// Deletes what is left under the name of a new account: it must not have the rights of one that is gone.
    package func removeLeftovers(of address: MailAddress, _ use: AddressUse) throws {
        if use.hasClaims { try ownership.removeAll(of: address) }
        if use.hasRights { try admins.deleteRights(of: address) }
    }
}
