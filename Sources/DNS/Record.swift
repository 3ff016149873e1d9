import Mail

/// A host that takes a domain's mail.
package struct MailExchanger: Sendable, Hashable {
    /// Smaller comes first.
    package let preference: Int
    /// Lower-cased, without a dot at its end; empty for the null MX of RFC 7505.
    package let host: String

    package init(preference: Int, host: String) {
        self.preference = preference
        self.host = host
    }
}

/// A resource record, as far as anybody here asks for its kind.
enum Record: Sendable, Hashable {
    case address(IPAddress)
    case alias(String)
    case mailExchanger(MailExchanger)
    /// The strings of one record joined without a separator; any bytes.
    case text([UInt8])
}
