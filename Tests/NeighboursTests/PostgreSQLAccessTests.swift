import Neighbours
import Testing

private let noString = """
    this is no connection string: write a URI, such as postgresql://db.example, or NAME=VALUE, such as host=db.example \
    (and libpq5 must be installed)
    """

/// What is taken from a connection string, and how the printed files say it.
struct PostgreSQLAccessTests {
    @Test(
        arguments: [
            ("postgresql://", ["/var/run/postgresql:5432"]),
            ("", ["/var/run/postgresql:5432"]),
            ("postgresql://postern@db.example/postern", ["db.example:5432"]),
            ("postgres://db1.example:5433,db2.example", ["db1.example:5433", "db2.example:5432"]),
            ("postgresql://u:p%40:%2Fx@[2001:db8::1]:5433,[2001:db8::2]/d", ["2001:db8::1:5433", "2001:db8::2:5432"]),
            ("postgresql://%2Fvar%2Frun%2Fpostgresql:5433/postern", ["/var/run/postgresql:5433"]),
            ("postgresql:///postern?host=/run/pg&port=5434", ["/run/pg:5434"]),
            ("host=db.example", ["db.example:5432"]),
            ("host = db1.example,db2.example port= 5433 user=x", ["db1.example:5433", "db2.example:5433"]),
            ("port=5433,5434 host='192.0.2.1,192.0.2.2'", ["192.0.2.1:5433", "192.0.2.2:5434"]),
            ("port=5433 password='it\\'s a=b'", ["/var/run/postgresql:5433"]),
            ("host=,db.example port=,5433", ["/var/run/postgresql:5432", "db.example:5433"]),
        ] as [(String, [String])])
    func hostsAndPortsAreThoseOfTheConnection(_ connection: String, _ hosts: [String]) throws {
        #expect(try PostgreSQLAccess(connection: connection).hosts.map { "\($0.name):\($0.port)" } == hosts)
    }

    @Test(
        arguments: [
            ("db.example", noString),
            ("host=a,b port=1,2,3", "2 hosts and 3 ports: give one port for all, or one for each host"),
            ("postgresql://a:1,b:2,c?port=1,2", "3 hosts and 2 ports: give one port for all, or one for each host"),
            ("host=a port=0", "0 is no port; the usual one is 5432"),
            ("host=a port=65536", "65536 is no port; the usual one is 5432"),
            (
                "host=a;b",
                """
                the mail programs' files cannot hold a;b: name a host, an address or the directory of a socket, of \
                letters, digits and /.:_-
                """
            ),
            ("postgresql://[::1/x", noString),
            ("postgresql://[::1]5432/x", noString),
            ("postgresql://h/x?password", noString),
            ("postgresql://h/x?password=100%", noString),
            ("host=h password='secret", noString),
        ])
    func whatCannotBeUsedIsSaidWithTheWayOut(_ connection: String, _ reason: String) {
        #expect(throws: PostgreSQLAccess.Unusable.self) { try PostgreSQLAccess(connection: connection) }
        do {
            _ = try PostgreSQLAccess(connection: connection)
        } catch {
            #expect("\(error)" == reason)
        }
    }

    private static func files(_ connection: String) throws -> [(name: String, text: String)] {
        let databases = ConfiguredDatabases.server(try PostgreSQLAccess(connection: connection))
        return PostfixConfiguration(databases: databases).files + AmavisdConfiguration(databases: databases).files
            + DovecotVersion.allCases.flatMap { DovecotConfiguration(for: $0, databases: databases).files }
    }

    @Test func noPasswordIsPrinted() throws {
        for connection in ["postgresql://u:topsecret@db.example/x", "host=db.example password=topsecret passfile=/x"] {
            for file in try Self.files(connection) {
                #expect(!file.text.contains("topsecret") && !file.text.contains("password="), "\(file.name)")
            }
        }
    }

    @Test(
        arguments: [
            ("pgsql-relay-domains.cf", "postgresql:///?host=%2Frun%2Fpg&port=5432&dbname=vmail&user=postfix\n"),
            ("50-postern", "['DBI:Pg:host=/run/pg;port=5432;dbname=amavisd;user=amavis', '', '']"),
            ("dovecot-sql.conf.ext", "driver = pgsql\nconnect = host=/run/pg port=5432 dbname=vmail user=dovecot\n"),
            ("dovecot-dict-quota.conf.ext", "connect = host=/run/pg port=5432 dbname=vmail user=dovecot\n"),
        ])
    func overASocketTheRoleIsEnough(_ name: String, _ text: String) throws {
        let files = try Self.files("host=/run/pg").filter { $0.name == name }
        #expect(files.count == 1 && files[0].text.contains(text))
        for file in try Self.files("host=/run/pg") { #expect(!file.text.contains("pgpass"), "\(file.name)") }
    }

    @Test func overTCPTheFileWithThePasswordIsNamedAndExplained() throws {
        for file in try Self.files("postgresql://db.example") where !file.name.hasSuffix("master.cf") {
            let role =
                file.name.hasSuffix(".cf") ? "postfix" : file.name == "50-postern" ? "amavis" : "dovecot"
            let path = "/etc/postern/\(role).pgpass"
            #expect(file.text.contains(path) || file.text.contains(path.replacing("/", with: "%2F")), "\(file.name)")
        }
        let explained = try Self.files("postgresql://db.example").filter { $0.text.contains("#   install -m 600 -o ") }
        #expect(explained.map(\.name) == ["postern-main.cf", "50-postern", "postern.conf", "postern.conf"])
    }

    /// A standby may be behind, and takes no used quota.
    @Test func ofSeveralHostsTheOneThatAcceptsWritesIsUsed() throws {
        let several = try Self.files("postgresql://db1.example,db2.example").map(\.text).joined()
        let one = try Self.files("postgresql://db1.example").map(\.text).joined()
        #expect(several.contains("host=db1.example,db2.example port=5432,5432 dbname=vmail user=dovecot "))
        #expect(several.contains("target_session_attrs=read-write") && !one.contains("target_session_attrs"))
    }

    @Test func whatTheConnectionSaysOfTLSIsPrinted() throws {
        for file in try Self.files("host=db.example sslmode=verify-full sslrootcert=/etc/ssl/db.pem")
        where file.text.contains("dbname=") {
            let text = file.text.replacing("%2F", with: "/").replacing("&", with: " ").replacing(";", with: " ")
            #expect(text.contains(" sslmode=verify-full sslrootcert=/etc/ssl/db.pem"), "\(file.name)")
        }
    }

    @Test func queriesAreTheSameButForOneWord() throws {
        func queries(_ databases: ConfiguredDatabases) -> [Substring] {
            PostfixConfiguration(databases: databases).files.compactMap { file in
                file.text.firstRange(of: "\nquery =").map { file.text[$0.upperBound...] }
            }
        }
        let files = queries(.files(stateDirectory: "/s"))
        let server = queries(.server(PostgreSQLAccess(hosts: [])))
        #expect(
            files.count == 16 && files.contains { $0.contains("instr(") } && !server.contains { $0.contains("instr(") })
        #expect(server.map(String.init) == files.map { String($0).replacing("instr(", with: "strpos(") })
    }
}
