/// Where a server listens: an IP address and a port.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    package let address: IPAddress
    package let port: UInt16

    package init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5353`. Nil for everything else,
    /// such as a host name or port 0.
    /// - Parameter usualPort: the port when the text has none.
    package init?(_ text: String, usualPort: UInt16) {
        if let address = IPAddress(text) {
            self.init(address, port: usualPort)
            return
        }
        let isBracketed = text.hasPrefix("[")
        let host = isBracketed ? text.dropFirst().prefix { $0 != "]" } : text.prefix { $0 != ":" }
        // An IPv6 address with a port needs brackets.
        guard host.contains(":") == isBracketed, let address = IPAddress(String(host)) else { return nil }
        var rest = text[host.endIndex...]
        if isBracketed, rest.popFirst() != "]" { return nil }
        if rest.isEmpty {
            self.init(address, port: usualPort)
        } else {
            guard rest.popFirst() == ":", let port = Self.port(rest) else { return nil }
            self.init(address, port: port)
        }
    }

    package var description: String { address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)" }

    private static func port(_ digits: Substring) -> UInt16? {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits),
            port > 0
        else { return nil }
        return port
    }
}
