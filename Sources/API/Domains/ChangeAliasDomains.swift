import Mail
import MailStore
import Settings

extension Domains {
    /// Those of the wanted alias domains that are new and free. Others are passed over; strict handling refuses them.
    static func aliasDomainsToAdd(
        _ input: DomainChanges, to domain: DomainRow, _ call: Call
    ) throws(APIError) -> [DomainName] {
        let present = try stored { Set(try call.store.domains.aliasDomains(of: domain.name)) }
        var new: [DomainName] = []
        for name in input.aliasDomains ?? input.addedAliasDomains ?? []
        where name != domain.name && !present.contains(name.text) {
            if try stored({ try call.store.domains.isTaken(name) }) {
                if call.isStrict { throw .alreadyExists.explained("\(name) is in use already.") }
                continue
            }
            new.append(name)
        }
        return new
    }

    /// - Returns: whether any was to be added or removed.
    static func changeAliasDomains(
        of domain: DomainName, _ input: DomainChanges, adding new: [DomainName], _ call: Call
    ) throws -> Bool {
        let store = call.store
        let present = try store.domains.aliasDomains(of: domain).compactMap { DomainName($0) }
        var removed = input.removedAliasDomains ?? []
        if let wanted = input.aliasDomains { removed = present.filter { !wanted.contains($0) } }
        for name in removed where present.contains(name) { try store.domains.removeAliasDomain(name, of: domain) }
        let caller = try call.caller
        let settings = call.configuration.settings
        for name in new {
            // A name of a normal admin's choice waits for a proof that it is his.
            let waits = !caller.isGlobal && settings[Settings.requiresDomainOwnership]
            try store.domains.addAliasDomain(name, of: domain, waits ? .disabled : .active, now: call.now)
            if waits { try requestProof(of: domain, aliasDomain: name, call) }
        }
        return !new.isEmpty || !removed.isEmpty
    }
}
