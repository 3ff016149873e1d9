import Foundation
import Support

/// An empty directory of our own in OpenLDAP's programs, filled while it is down or while it runs.
final class OpenLDAPServer {
    static let isInstalled = ["/usr/sbin/slapd", "/usr/bin/ldapadd", "/usr/bin/ldapsearch"]
        .allSatisfy(Program.isInstalled)

    private static let base = "dc=iredmail,dc=org"
    private let directory: TemporaryDirectory
    /// AppArmor's rules for /usr/sbin/slapd hold for that path only; they would keep it out of our directory.
    private var program: String { "\(directory.path)/slapd" }
    private var configuration: String { "\(directory.path)/slapd.conf" }
    private var address: String { "ldapi://\(directory.path.replacing("/", with: "%2F"))%2Fldapi" }
    private var running: RunningProgram?

    init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: "/usr/sbin/slapd", toPath: program)
        try FileManager.default.createDirectory(atPath: "\(directory.path)/data", withIntermediateDirectories: false)
        try directory.write("postern.schema", LDAPSchema.text)
        let schemas = ["core", "cosine", "nis", "inetorgperson"].map { "/etc/ldap/schema/\($0).schema" }
        try directory.write(
            "slapd.conf",
            (schemas + ["\(directory.path)/postern.schema"]).map { "include \($0)\n" }.joined() + """
                modulepath /usr/lib/ldap
                moduleload back_mdb
                pidfile \(directory.path)/pid
                database mdb
                suffix \(Self.base)
                rootdn cn=manager,\(Self.base)
                rootpw secret
                directory \(directory.path)/data

                """)
        try load(
            """
            dn: \(Self.base)
            objectClass: dcObject
            objectClass: organization
            dc: iredmail
            o: Test

            dn: o=domains,\(Self.base)
            objectClass: organization
            o: domains

            dn: o=domainAdmins,\(Self.base)
            objectClass: organization
            o: domainAdmins


            """)
    }

    deinit { running?.stop() }

    /// Loads a text while the server is down; it has to be accepted as a whole.
    func load(_ text: String) throws {
        let file = try directory.write("load.ldif", text)
        _ = try succeed(
            program,
            ["-T", "add", "-f", configuration, "-l", file, "-o", "schema-check=yes", "-o", "value-check=yes"])
    }

    /// All entries, read while the server is down.
    func dump() throws -> [LDIFRecord] {
        try LDIFRecord.all(in: succeed(program, ["-T", "cat", "-f", configuration, "-o", "ldif-wrap=no"]))
    }

    func start() throws {
        let server = try RunningProgram(program, ["-f", configuration, "-h", address, "-d", "0"])
        running = server
        let answers = Program.wait(atMost: .seconds(10)) {
            !server.isRunning || (try? client("ldapsearch", ["-s", "base", "-b", Self.base, "-LLL"])) != nil
        }
        guard answers, server.isRunning else {
            throw Program.Failure(description: "slapd does not start: \(server.text)")
        }
    }

    /// Adds a text to the running server; every entry has to be accepted.
    func add(_ text: String) throws { _ = try client("ldapadd", [], input: text) }

    /// All entries of the running server, without what it keeps for itself.
    func search(_ filter: String = "(objectClass=*)") throws -> [LDIFRecord] {
        try LDIFRecord.all(in: client("ldapsearch", ["-LLL", "-o", "ldif-wrap=no", "-b", Self.base, filter]))
    }

    private func client(_ name: String, _ arguments: [String], input: String = "") throws -> String {
        try succeed(
            "/usr/bin/\(name)", ["-x", "-H", address, "-D", "cn=manager,\(Self.base)", "-w", "secret"] + arguments,
            input: input)
    }

    private func succeed(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let result = try Program.run(program, arguments, input: input, limit: .seconds(20))
        guard result.status == 0 else {
            throw Program.Failure(description: "\(program): \(result.status) \(result.errorOutput)")
        }
        return result.output
    }
}
