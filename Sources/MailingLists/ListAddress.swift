// Mailing lists whose people subscribe and unsubscribe by mail are mlmmj's. What mlmmj knows of a list lies in the
// list's directory below the spool, which belongs to the user mlmmj. The server has no right there. It asks a helper,
// the command `postern lists` of that user, over a local socket: `ListHelper` sends a `ListRequest`, `ListServer` takes
// it, and `ListSpool` does it. Names and meanings of the files are mlmmj's: its manual pages, and the file TUNABLES
// that Debian installs in /usr/share/doc/mlmmj. How the pieces fit together: `Storage.md` 9.

package import Mail

/// The address of a mailing list: one that is fit for an account, so that domain and local part name a directory.
package struct ListAddress: Sendable, Hashable, Codable {
    package let address: MailAddress

    /// Nil for an address that no account may have.
    package init?(_ address: MailAddress) {
        guard address.isFitForLocalAccount else { return nil }
        self.address = address
    }

    package var domain: DomainName { address.domain }

    /// The list's directory below the spool: `example.com/news`.
    package var directory: String { "\(address.domain)/\(address.localPart)" }

    /// The transport that leads to it: `Contract.md` 9.3.
    package var transport: String { "\(Self.transportPrefix)\(directory)" }

    /// How the transport of each of these lists begins.
    package static let transportPrefix = "mlmmj:"

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = MailAddress(try container.decode(String.self)), let list = ListAddress(address) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no address of a list")
        }
        self = list
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(address.text)
    }
}
