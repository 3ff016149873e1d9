import Mail
import SPF

/// A part of the DNS as a value. It counts what it is asked.
final class Zone: NameService {
    var texts: [String: [String]] = [:]
    var addresses: [String: [String]] = [:]
    /// Preference and host.
    var mailHosts: [String: [(Int, String)]] = [:]
    /// Names about which nothing can be learnt now.
    var down: Set<String> = []
    private(set) var questions: [String] = []

    init(
        texts: [String: [String]] = [:], addresses: [String: [String]] = [:],
        mailHosts: [String: [(Int, String)]] = [:],
        down: Set<String> = []
    ) {
        self.texts = texts
        self.addresses = addresses
        self.mailHosts = mailHosts
        self.down = down
    }

    /// A zone with one name's record, `v=spf1` in front.
    convenience init(_ name: String, _ terms: String, addresses: [String: [String]] = [:]) {
        self.init(texts: [name: ["v=spf1 \(terms)"]], addresses: addresses)
    }

    func texts(of name: String) throws(LookupFailure) -> [[UInt8]] {
        try ask(name, "TXT")
        return texts[name, default: []].map { Array($0.utf8) }
    }

    func addresses(of name: String) throws(LookupFailure) -> [IPAddress] {
        try ask(name, "A")
        return addresses[name, default: []].compactMap { IPAddress($0) }
    }

    func mailHosts(of name: String) throws(LookupFailure) -> [MailHost] {
        try ask(name, "MX")
        return mailHosts[name, default: []].map { MailHost(preference: $0.0, name: $0.1) }
    }

    private func ask(_ name: String, _ kind: String) throws(LookupFailure) {
        questions.append("\(name) \(kind)")
        if down.contains(name) { throw LookupFailure("\(name) \(kind): SERVFAIL") }
    }

    /// The result for a domain of the zone.
    func senders(of name: String, limit: Int = 20) throws -> SPFSenders {
        guard let domain = SPFDomain(name) else { throw LookupFailure("\(name) is no domain") }
        return SPFEvaluation.senders(of: domain, self, lookupLimit: limit)
    }
}
