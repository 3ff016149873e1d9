package import Mail

/// What `SPFEvaluation` asks of the DNS. No such name, or no such record, is an empty list.
package protocol NameService {
    /// The TXT records, each with its strings joined without a separator.
    func texts(of name: String) throws(LookupFailure) -> [[UInt8]]
    /// The addresses of A and AAAA records.
    func addresses(of name: String) throws(LookupFailure) -> [IPAddress]
    /// The MX records, in any order.
    func mailHosts(of name: String) throws(LookupFailure) -> [MailHost]
}

/// A host that receives a domain's mail: an MX record.
package struct MailHost: Sendable, Hashable {
    /// The smaller is tried first.
    package let preference: Int
    /// Empty for the null MX of RFC 7505.
    package let name: String

    package init(preference: Int, name: String) {
        self.preference = preference
        self.name = name
    }
}

/// The DNS gave no answer now.
package struct LookupFailure: Error, Hashable, CustomStringConvertible {
    /// What was asked, and why there is no answer.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
