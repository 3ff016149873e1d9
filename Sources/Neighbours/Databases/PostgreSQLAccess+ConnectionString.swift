extension PostgreSQLAccess {
    /// Why a connection string cannot be used, with the way out. It repeats nothing that could be a password.
    package struct Unusable: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Takes hosts, ports and TLS from a connection string of libpq; who logs in and to which database is not taken
    /// from it.
    ///
    /// - Parameter connection: a URI, e.g. `postgresql://postern@db1.example:5432,db2.example/postern`, or keywords and
    ///   values, e.g. `host=db1.example,db2.example port=5432`. Without a host it is the socket of Debian's server.
    package init(connection: String) throws(Unusable) {
        let isURI = connection.hasPrefix("postgresql://") || connection.hasPrefix("postgres://")
        try self.init(parameters: isURI ? Self.valuesOfURI(connection) : Self.valuesOfKeywords(connection))
    }

    /// - Parameter values: of a connection string, by the names of libpq's parameters. Others than `host`, `port`,
    ///   `sslmode` and `sslrootcert` are not looked at.
    package init(parameters values: [String: String]) throws(Unusable) {
        func list(_ name: String) -> [String] {
            guard let value = values[name], !value.isEmpty else { return [] }
            return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (names, ports) = (list("host"), list("port"))
        guard ports.count <= 1 || ports.count == names.count else {
            throw Unusable(
                description:
                    "\(names.count) hosts and \(ports.count) ports: give one port for all, or one for each host")
        }
        var hosts: [Host] = []
        for (index, name) in (names.isEmpty ? [Self.defaultHost.name] : names).enumerated() {
            let text = ports.isEmpty ? "" : ports[ports.count == 1 ? 0 : index]
            guard let port = text.isEmpty ? Self.defaultPort : UInt16(text), port > 0 else {
                throw Unusable(description: "\(text) is no port; the usual one is \(Self.defaultPort)")
            }
            hosts.append(Host(try Self.checked(name.isEmpty ? Self.defaultHost.name : name), port: port))
        }
        var encryption: [ConnectionParameter] = []
        for name in ["sslmode", "sslrootcert"] {
            if let value = values[name] { encryption.append(ConnectionParameter(name, try Self.checked(value))) }
        }
        self.init(hosts: hosts, encryption: encryption)
    }

    /// A value that each program can hold without quotes.
    private static func checked(_ value: String) throws(Unusable) -> String {
        let isPlain = value.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "/.:_-".utf8.contains($0)
        }
        guard isPlain, !value.isEmpty else {
            throw Unusable(
                description: """
                    the mail programs' files cannot hold \(value): name a host, an address or the directory of a socket, \
                    of letters, digits and /.:_-
                    """)
        }
        return value
    }

    /// Source: PostgreSQL's manual, libpq, "Connection URIs".
    private static func valuesOfURI(_ uri: String) throws(Unusable) -> [String: String] {
        guard let scheme = uri.firstRange(of: "://") else { return [:] }
        let parts = uri[scheme.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = parts[0].prefix { $0 != "/" }
        var names: [String] = []
        var ports: [String] = []
        // Of `user:password@hosts` only what follows.
        let hosts = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
            // An IPv6 address is in brackets.
            let isBracketed = host.hasPrefix("[")
            let end = isBracketed ? host.firstIndex(of: "]") : host.firstIndex(of: ":")
            guard end != nil || !isBracketed else { throw Unusable(description: "\(host) has no closing ]") }
            names.append(try unescaped(host[..<(end ?? host.endIndex)].drop { $0 == "[" }))
            let rest = end.map { isBracketed ? host[host.index(after: $0)...] : host[$0...] } ?? ""
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw Unusable(description: "\(host) has \(rest) where a port is expected, such as :\(defaultPort)")
            }
            ports.append(String(rest.dropFirst()))
        }
        var values = ["host": names.joined(separator: ",")]
        if ports.contains(where: { !$0.isEmpty }) { values["port"] = ports.joined(separator: ",") }
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2 else { throw Unusable(description: "behind the ? of a URI stands NAME=VALUE") }
            values[String(words[0])] = try unescaped(words[1])
        }
        return values
    }

    private static func unescaped(_ text: Substring) throws(Unusable) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let escaped = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                throw Unusable(description: "a % of the URI begins no escape; a % itself is %25")
            }
            bytes.append(escaped)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Source: PostgreSQL's manual, libpq, "Keyword/Value Connection Strings".
    private static func valuesOfKeywords(_ text: String) throws(Unusable) -> [String: String] {
        var values: [String: String] = [:]
        var rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            if rest.isEmpty { return values }
            guard let sign = rest.firstIndex(of: "=") else {
                throw Unusable(
                    description: """
                        this is no connection string: write a URI, such as postgresql://db.example, or NAME=VALUE, such as \
                        host=db.example
                        """)
            }
            let name = rest[..<sign].filter { !$0.isWhitespace }
            rest = rest[rest.index(after: sign)...].drop(while: \.isWhitespace)
            values[name] = try value(from: &rest)
        }
    }

    /// Takes a value, which may be in single quotes; a backslash escapes.
    private static func value(from rest: inout Substring) throws(Unusable) -> String {
        var value = ""
        let isQuoted = rest.hasPrefix("'")
        if isQuoted { rest.removeFirst() }
        while let character = rest.popFirst() {
            switch character {
            case "'" where isQuoted: return value
            case "\\": if let escaped = rest.popFirst() { value.append(escaped) }
            case _ where !isQuoted && character.isWhitespace: return value
            default: value.append(character)
            }
        }
        guard !isQuoted else { throw Unusable(description: "a ' of the connection string is not closed") }
        return value
    }
}
