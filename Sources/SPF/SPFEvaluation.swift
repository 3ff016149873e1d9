package import Mail

/// Finds the senders of a listed domain: the addresses and networks that its SPF record allows, and its MX hosts.
///
///     let result = SPFEvaluation.senders(of: domain, names, lookupLimit: 20)  // an `SPFSenders`
///
/// The DNS is asked only through a `NameService`, so that tests can give zones of their own. `SPFRecord` parses a
/// record. This is not the check of a message by RFC 7208: nothing is subtracted, and terms that depend on a message
/// add nothing. Source: `Contract.md` 16.2, steps 1 to 6.
package struct SPFEvaluation<Names: NameService> {
    private let names: Names
    private let lookupLimit: Int
    /// What has been looked up for this domain. Nothing is looked up twice.
    private var visited: Set<Visit> = []
    private var knownAddresses: [Visit: [IPAddress]] = [:]
    private var found: Set<IPNetwork> = []
    private var tooWide: Set<IPNetwork> = []
    private var lookups = 0
    private var isLimitHit = false

    private struct Visit: Hashable {
        let name: String
        let kind: Kind

        /// `record` is the SPF record of the name, for `include` and `redirect`.
        enum Kind { case record, addresses, mailHosts }
    }

    /// The most senders of a domain: more would not fit into one request to the server.
    package static var senderLimit: Int { 2000 }

    /// How many MX hosts of a name count: RFC 7208 4.6.4.
    private static var mailHostLimit: Int { 10 }

    /// Evaluates the record of `domain`. A failure of the DNS is the outcome `failed`.
    /// - Parameter lookupLimit: how many terms may cost a lookup: the setting `SPF_LOOKUP_LIMIT`.
    package static func senders(of domain: SPFDomain, _ names: Names, lookupLimit: Int) -> SPFSenders {
        var evaluation = SPFEvaluation(names: names, lookupLimit: lookupLimit)
        do throws(LookupFailure) {
            try evaluation.run(domain)
        } catch {
            return .failed(error.description, lookups: evaluation.lookups)
        }
        return evaluation.result
    }

    private init(names: Names, lookupLimit: Int) {
        self.names = names
        self.lookupLimit = lookupLimit
    }

    private var result: SPFSenders {
        let all = found.map(\.description).sorted()
        var reasons: [String] = []
        if isLimitHit { reasons.append("it needs more than \(lookupLimit) lookups") }
        if all.count > Self.senderLimit { reasons.append("it has \(all.count) senders") }
        return SPFSenders(
            senders: Array(all.prefix(Self.senderLimit)),
            outcome: reasons.isEmpty ? .ok : .partial(reasons.joined(separator: " and ")), lookups: lookups,
            tooWide: tooWide.map(\.description).sorted())
    }

    private mutating func run(_ domain: SPFDomain) throws(LookupFailure) {
        visited.insert(Visit(name: domain.text, kind: .record))
        try evaluate(domain.text)
        // The domain's own MX hosts always count and cost no lookup.
        for address in try mailHosts(of: domain.text) { add(address, SPFRecord.PrefixLengths()) }
    }

    private mutating func evaluate(_ name: String) throws(LookupFailure) {
        guard let record = SPFRecord(in: try names.texts(of: name)) else { return }
        for term in record.terms {
            switch term {
            case .network(let network): add(network)
            case .include(let target): try follow(target)
            case .redirect(let target): if !record.hasAll { try follow(target) }
            case .addresses(let target, let lengths):
                let visit = Visit(name: target ?? name, kind: .addresses)
                guard mayVisit(visit) else { continue }
                for address in try addresses(of: visit.name) { add(address, lengths) }
            case .mailHosts(let target, let lengths):
                let visit = Visit(name: target ?? name, kind: .mailHosts)
                guard mayVisit(visit) else { continue }
                for address in try mailHosts(of: visit.name) { add(address, lengths) }
            }
        }
    }

    private mutating func follow(_ name: String) throws(LookupFailure) {
        let visit = Visit(name: name, kind: .record)
        guard !visited.contains(visit), mayVisit(visit) else { return }
        try evaluate(name)
    }

    /// Counts the lookup unless it was made before; false when it is beyond the limit.
    private mutating func mayVisit(_ visit: Visit) -> Bool {
        if visited.contains(visit) { return true }
        guard lookups < lookupLimit else {
            isLimitHit = true
            return false
        }
        lookups += 1
        visited.insert(visit)
        return true
    }

    /// Remembers the answer: another term may widen the addresses of the same name differently.
    private mutating func addresses(of name: String) throws(LookupFailure) -> [IPAddress] {
        let visit = Visit(name: name, kind: .addresses)
        if let known = knownAddresses[visit] { return known }
        let addresses = try names.addresses(of: name)
        knownAddresses[visit] = addresses
        return addresses
    }

    /// The addresses of the first hosts by preference. Hosts of the same preference are in alphabetical order, so that
    /// every run takes the same ones.
    private mutating func mailHosts(of name: String) throws(LookupFailure) -> [IPAddress] {
        let visit = Visit(name: name, kind: .mailHosts)
        if let known = knownAddresses[visit] { return known }
        let hosts = Set(try names.mailHosts(of: name)).filter { !$0.name.isEmpty }
            .sorted { ($0.preference, $0.name) < ($1.preference, $1.name) }
        var all: [IPAddress] = []
        for host in hosts.prefix(Self.mailHostLimit) { all += try addresses(of: host.name) }
        knownAddresses[visit] = all
        return all
    }

    private mutating func add(_ address: IPAddress, _ lengths: SPFRecord.PrefixLengths) {
        let length = (address.isIPv4 ? lengths.four : lengths.six) ?? address.width
        if let network = IPNetwork(around: address, prefixLength: length) { add(network) }
    }

    /// iRedAPD finds a network by the first part of its address, so a wider one would match only some of its clients
    /// (`Contract.md` 15.3, step 3).
    private mutating func add(_ network: IPNetwork) {
        if network.prefixLength < (network.isIPv4 ? 8 : 16) {
            tooWide.insert(network)
        } else {
            found.insert(network)
        }
    }
}

/// The senders of one listed domain, and how they were found.
package struct SPFSenders: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case ok
        /// Something was left out, for this reason. What was found counts.
        case partial(String)
        /// The DNS gave no answer, for this reason. Nothing is known of the domain now.
        case failed(String)
    }

    /// Addresses and networks in their shortest spelling, in alphabetical order; empty after `failed`.
    package let senders: [String]
    package let outcome: Outcome
    /// Terms that cost a lookup: `include`, `redirect`, `a` and `mx`.
    package let lookups: Int
    /// Networks left out because they are too wide, in alphabetical order.
    package let tooWide: [String]

    /// - Parameter lookups: how many lookups had been made.
    package static func failed(_ reason: String, lookups: Int = 0) -> SPFSenders {
        SPFSenders(senders: [], outcome: .failed(reason), lookups: lookups, tooWide: [])
    }
}
