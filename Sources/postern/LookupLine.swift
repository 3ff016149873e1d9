import API
import Mail
import SPF

/// One line of what `postern spf-refresh --asked` answers the server: a domain, how it went, why, how many servers were
/// found, and the first of them; with tabs between.
///
/// The server believes none of it: whoever finds a fault in how the answers of the DNS are read could send anything.
extension SPFLookups.Outcome {
    /// What was found in the DNS.
    init(_ domain: SPFDomain, _ result: SPFSenders) {
        let (status, reason): (Resolution, String) =
            switch result.outcome {
            case .ok: (.ok, "")
            case .partial(let reason): (.partial, reason)
            case .failed(let reason): (.failed, reason)
            }
        self.init(
            domain, status, reason, count: result.senders.count,
            senders: result.senders.prefix(SPFLookups.shownSenders).compactMap { try? IPNetwork($0) })
    }

    var line: String {
        let text = reason.replacing("\t", with: " ").replacing("\n", with: " ")
        let shown = senders.map(\.description).joined(separator: ",")
        return "\(domain)\t\(status.rawValue)\t\(text)\t\(count)\t\(shown)"
    }

    /// Nil for anything that is no such line.
    init?(line: some StringProtocol) {
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard parts.count == 5, let domain = SPFDomain(parts[0]), let status = Resolution(rawValue: String(parts[1])),
            let count = Int(parts[3]), (0...SPFEvaluation<DNSNameService>.senderLimit).contains(count)
        else { return nil }
        let senders = parts[4].split(separator: ",")
        guard senders.count <= SPFLookups.shownSenders else { return nil }
        let networks = senders.compactMap { try? IPNetwork(String($0)) }
        guard networks.count == senders.count else { return nil }
        let reason = parts[2].unicodeScalars.map { (0x20..<0x7f).contains($0.value) ? Character($0) : "?" }
        self.init(domain, status, String(reason), count: count, senders: networks)
    }
}
