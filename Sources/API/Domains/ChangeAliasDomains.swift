import Mail
import MailStore
import Settings

extension Domains {
    /// Those of the wanted alias domains that are new and free. Others are passed over; strict handling refuses them. A
    /// global admin may also have a name that only waits for somebody's proof.
    static func aliasDomainsToAdd(_ input: DomainChanges, to domain: DomainRow, _ call: Call) throws -> [DomainName] {
        let isGlobal = try call.caller.isGlobal
        let present = Set(try call.store.domains.aliasDomains(of: domain.name))
        var new: [DomainName] = []
        for name in input.aliasDomains.wanted where name != domain.name && !present.contains(name.text) {
            if isGlobal { try takeOver(name, call) }
            if try call.store.domains.isTaken(name) {
                if call.isStrict { throw APIError.alreadyExists.explained("\(name) is in use already.") }
                continue
            }
            new.append(name)
        }
        return new
    }

    /// - Returns: whether any was to be added, removed or switched on.
    static func changeAliasDomains(
        of domain: DomainName, _ input: DomainChanges, adding new: [DomainName], _ call: Call
    ) throws -> Bool {
        let store = call.store
        let present = try store.domains.aliasDomains(of: domain).compactMap { DomainName($0) }
        let removed =
            input.aliasDomains.replaced.map { wanted in present.filter { !wanted.contains($0) } }
            ?? input.aliasDomains.removed ?? []
        for name in removed where present.contains(name) {
            try store.ownership.leave(
                aliasDomain: name, of: domain, by: call.caller.username, provenUntil: call.ownershipExpiry)
            try store.domains.removeAliasDomain(name, of: domain)
        }
        let activated = try activate(input.aliasDomains.wanted.filter(present.contains), of: domain, call)
        for name in new {
            try store.ownership.settle(aliasDomain: name)
            let waits = try mustBeProved(name, call)
            try store.domains.addAliasDomain(name, of: domain, waits ? .disabled : .active, now: call.now)
            if waits { try requestProof(of: domain, aliasDomain: name, call) }
        }
        return !new.isEmpty || !removed.isEmpty || activated
    }

    /// A name of a normal admin's choice waits for a proof that it is his.
    private static func mustBeProved(_ name: DomainName, _ call: Call) throws -> Bool {
        let caller = try call.caller
        guard !caller.isGlobal, call.configuration.settings[Settings.requiresDomainOwnership] else { return false }
        return try !call.store.ownership.isProven(name, by: caller.username, now: call.now)
    }

    /// A global admin who names an alias domain that waits needs no proof of it.
    /// - Returns: whether there was one.
    private static func activate(_ names: [DomainName], of domain: DomainName, _ call: Call) throws -> Bool {
        guard try call.caller.isGlobal else { return false }
        var isAny = false
        for name in names where try call.store.domains.target(ofWaiting: name) == domain {
            try call.store.domains.activate(alias: name, now: call.now)
            try call.store.ownership.settle(aliasDomain: name)
            try call.store.forwardings.refreshAliases(below: name)
            isAny = true
        }
        return isAny
    }
}
