package import MailStore

/// How the mail programs reach the databases on a PostgreSQL server.
///
/// Each program has a role of its own, with the name of its system user: over a socket PostgreSQL's `peer` then lets it
/// in without a password. Over TCP libpq reads the password from a file that only the program may read. So no password
/// is ever printed.
///
/// Each program hands these parameters to libpq as they are, in the form it has for them. So several hosts mean the same
/// to all of them: libpq takes the first, in this order, that accepts writes. The programs' own lists of hosts are not
/// used: Postfix would ask a standby, chosen at random, and Dovecot 2.3.19 crashes when the first host refuses (tried).
package struct PostgreSQLAccess: Sendable, Equatable {
    package struct Host: Sendable, Equatable {
        /// A name, an address, or the directory of a socket, which begins with a slash.
        package let name: String
        /// For a socket part of its name.
        package let port: UInt16

        package init(_ name: String, port: UInt16 = PostgreSQLAccess.defaultPort) {
            self.name = name
            self.port = port
        }

        var isSocket: Bool { name.hasPrefix("/") }
    }

    /// A parameter of libpq.
    package struct ConnectionParameter: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package static let defaultPort: UInt16 = 5432
    /// Where Debian's server has its socket.
    package static let defaultHost = Host("/var/run/postgresql")

    /// In the order in which they are tried; never empty.
    package let hosts: [Host]
    /// What libpq is told of TLS: `sslmode`, `sslrootcert`. Empty for its own choice, which takes what it gets.
    package let encryption: [ConnectionParameter]
    private let databasePrefix: String

    /// - Parameters:
    ///   - hosts: an empty list is the socket of Debian's server.
    ///   - encryption: of connections over TCP.
    ///   - databasePrefix: stands before the name of each database; a test has databases of its own by it.
    package init(hosts: [Host], encryption: [ConnectionParameter] = [], databasePrefix: String = "") {
        self.hosts = hosts.isEmpty ? [Self.defaultHost] : hosts
        self.encryption = encryption
        self.databasePrefix = databasePrefix
    }

    package func name(of database: ServerDatabase) -> String { databasePrefix + database.rawValue }

    /// Whether a password is needed: `peer` knows the users of this machine's sockets only.
    var needsPassword: Bool { !hosts.allSatisfy(\.isSocket) }

    /// The file in which libpq finds the password of a role.
    static func passwordFile(of role: DatabaseRole) -> String { "/etc/postern/\(role.rawValue).pgpass" }

    /// What libpq is told for a connection. No value has a character that one of the programs would have to quote.
    func parameters(of role: DatabaseRole, in database: ServerDatabase) -> [ConnectionParameter] {
        var parameters = [
            ConnectionParameter("host", hosts.map(\.name).joined(separator: ",")),
            ConnectionParameter("port", hosts.map { "\($0.port)" }.joined(separator: ",")),
            ConnectionParameter("dbname", name(of: database)), ConnectionParameter("user", role.rawValue),
        ]
        if needsPassword {
            // A host that is silent is given up after five seconds: by the first where libpq itself waits for the
            // connection, by the second in Dovecot, which waits for it, and on a connection that has gone dead.
            parameters += [
                ConnectionParameter("passfile", Self.passwordFile(of: role)),
                ConnectionParameter("connect_timeout", "5"),
                ConnectionParameter("tcp_user_timeout", "5000"),
            ]
            parameters += encryption
        }
        if hosts.count > 1 { parameters.append(ConnectionParameter("target_session_attrs", "read-write")) }
        return parameters
    }

    /// The parameters between which stands a separator, e.g. `host=h;port=5432`.
    func text(of role: DatabaseRole, in database: ServerDatabase, separator: String) -> String {
        parameters(of: role, in: database).map { "\($0.name)=\($0.value)" }.joined(separator: separator)
    }

    /// As a URI in which everything is a parameter. A comma is escaped, since in Postfix' files one begins the next URI.
    func uri(of role: DatabaseRole, in database: ServerDatabase) -> String {
        let escaped = text(of: role, in: database, separator: "&").replacing(",", with: "%2C").replacing(
            "/", with: "%2F")
        return "postgresql:///?\(escaped)"
    }

    /// The comment about the role of a program, for the head of its files.
    func comment(about role: DatabaseRole) -> String {
        let peer = """
            # Over a socket PostgreSQL's "peer" lets the system user \(role.rawValue) in as the role \(role.rawValue).
            """
        guard needsPassword else { return peer }
        let file = Self.passwordFile(of: role)
        let several =
            hosts.count > 1
            ? "\n# Of the hosts the first that accepts writes is used, by libpq itself and in this order." : ""
        let sockets = hosts.contains(where: \.isSocket) ? peer + "\n" : ""
        return """
            \(sockets)\
            # Over TCP the role \(role.rawValue) has a password, which libpq reads from \(file). Make the file:
            #   install -m 600 -o \(role.rawValue) /dev/null \(file)
            # and write one line into it, with the password:  *:*:*:\(role.rawValue):PASSWORD
            # libpq ignores a file that others than \(role.rawValue) may read.\(several)
            """
    }
}

/// The roles of the mail programs, each with the name of its program's system user.
package enum DatabaseRole: String, CaseIterable, Sendable {
    case postfix, dovecot, amavis, iredapd
}
