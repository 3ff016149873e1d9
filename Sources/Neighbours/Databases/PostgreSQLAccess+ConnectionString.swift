import Storage

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
        guard let parameters = try? PostgreSQLServer(connection).parameters() else {
            throw Unusable(
                description: """
                    this is no connection string: write a URI, such as postgresql://db.example, or NAME=VALUE, such as \
                    host=db.example (and libpq5 must be installed)
                    """)
        }
        try self.init(parameters: parameters)
    }

    /// - Parameter values: of a connection string, by the names of libpq's parameters. Others than `host`, `port`,
    ///   `sslmode` and `sslrootcert` are not looked at.
    package init(parameters values: [String: String]) throws(Unusable) {
        func list(_ name: String) -> [String] {
            guard let value = values[name], !value.isEmpty else { return [] }
            return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        for name in ["hostaddr", "service", "sslcert", "sslkey"] where values[name] != nil {
            throw Unusable(
                description: """
                    the mail programs' files cannot hold \(name): name the servers by host and port, or print with \
                    --database and a connection string of their own
                    """)
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
}
