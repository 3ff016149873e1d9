package import Mail

/// What an SPF record's evaluation asks of the DNS. An answer without a record is an empty one.
package protocol NameService {
    /// The TXT records of a name, each with its strings joined.
    func texts(of name: String) throws(LookupFailure) -> [[UInt8]]
    /// Of both families.
    func addresses(of name: String) throws(LookupFailure) -> [IPAddress]
    func mailHosts(of name: String) throws(LookupFailure) -> [MailHost]
}

/// A host that takes a domain's mail, as an MX record names it.
package struct MailHost: Sendable, Hashable {
    /// Smaller comes first.
    package let preference: Int
    /// Empty for the null MX of RFC 7505.
    package let name: String

    package init(preference: Int, name: String) {
        self.preference = preference
        self.name = name
    }
}

/// The DNS could not be asked now: nothing is known of the domain.
package struct LookupFailure: Error, Hashable, CustomStringConvertible {
    /// What was asked, and what became of it.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
