import Foundation

/// An empty directory of our own in OpenLDAP's programs, filled while it is down or while it runs.
///
/// It has an `o=domains` and an `o=domainAdmins`, and the accounts that read it.
package final class OpenLDAPServer {
    package static let isInstalled = [
        "/usr/sbin/slapd", "/usr/bin/ldapadd", "/usr/bin/ldapsearch", "/usr/bin/ldapwhoami",
    ].allSatisfy(Program.isInstalled)

    package static let base = "dc=iredmail,dc=org"
    package static let domains = "o=domains,\(base)"
    package static let domainAdmins = "o=domainAdmins,\(base)"
    /// May read everything, as the account that iRedMail gives to Postfix and Dovecot.
    package static let reader = "cn=vmail,\(base)"
    /// May read everything, but gets no more than 100 entries.
    package static let limitedReader = "cn=some,\(base)"
    package static let readersPassword = "may read, may not write"

    /// Those above all that is loaded.
    package static let ownEntries = [base, domains, domainAdmins, reader, limitedReader]

    private let directory: TemporaryDirectory
    /// AppArmor's rules for /usr/sbin/slapd hold for that path only; they would keep it out of our directory.
    private var program: String { "\(directory.path)/slapd" }
    private var configuration: String { "\(directory.path)/slapd.conf" }
    package var url: String { "ldapi://\(directory.path.replacing("/", with: "%2F"))%2Fldapi" }
    private var running: RunningProgram?

    package init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: "/usr/sbin/slapd", toPath: program)
        try FileManager.default.createDirectory(atPath: "\(directory.path)/data", withIntermediateDirectories: false)
        try directory.write("postern.schema", LDAPSchema.text)
        let schemas = ["core", "cosine", "nis", "inetorgperson"].map { "/etc/ldap/schema/\($0).schema" }
        // Without the indexes each question would look at every entry; the file is sparse.
        try directory.write(
            "slapd.conf",
            (schemas + ["\(directory.path)/postern.schema"]).map { "include \($0)\n" }.joined() + """
                modulepath /usr/lib/ldap
                moduleload back_mdb
                moduleload pw-sha2
                pidfile \(directory.path)/pid
                access to attrs=userPassword
                    by dn.exact="\(Self.reader)" read by dn.exact="\(Self.limitedReader)" read by anonymous auth
                access to *
                    by dn.exact="\(Self.reader)" read by dn.exact="\(Self.limitedReader)" read by anonymous auth
                database mdb
                suffix \(Self.base)
                rootdn cn=manager,\(Self.base)
                rootpw secret
                directory \(directory.path)/data
                maxsize 1073741824
                dbnosync
                index objectClass,domainName,domainAliasName,mail,shadowAddress,memberOfGroup eq
                limits dn.exact="\(Self.reader)" size=unlimited time=unlimited
                limits dn.exact="\(Self.limitedReader)" size=100

                """)
        try load(
            """
            dn: \(Self.base)
            objectClass: dcObject
            objectClass: organization
            dc: iredmail
            o: Test

            dn: \(Self.domains)
            objectClass: organization
            o: domains

            dn: \(Self.domainAdmins)
            objectClass: organization
            o: domainAdmins

            dn: \(Self.reader)
            objectClass: person
            cn: vmail
            sn: vmail
            userPassword: \(Self.readersPassword)

            dn: \(Self.limitedReader)
            objectClass: person
            cn: some
            sn: some
            userPassword: \(Self.readersPassword)


            """)
    }

    deinit { stop() }

    /// Loads a text while the server is down; it has to be accepted as a whole.
    package func load(_ text: String) throws {
        let file = try directory.write("load.ldif", text)
        _ = try succeed(
            program,
            ["-T", "add", "-f", configuration, "-l", file, "-o", "schema-check=yes", "-o", "value-check=yes"])
    }

    /// All entries as slapcat writes them, also while the server runs.
    package func text(isFolded: Bool = true) throws -> String {
        try succeed(program, ["-T", "cat", "-f", configuration] + (isFolded ? [] : ["-o", "ldif-wrap=no"]))
    }

    /// All entries.
    package func dump() throws -> [LDIFRecord] { try LDIFRecord.all(in: text(isFolded: false)) }

    package func start() throws {
        let server = try RunningProgram(program, ["-f", configuration, "-h", url, "-d", "0"])
        running = server
        let answers = Program.wait(atMost: .seconds(10)) {
            !server.isRunning || (try? client("ldapsearch", ["-s", "base", "-b", Self.base, "-LLL"])) != nil
        }
        guard answers, server.isRunning else {
            throw Program.Failure(description: "slapd does not start: \(server.text)")
        }
    }

    package func stop() { running?.stop() }

    /// Adds a text to the running server; every entry has to be accepted.
    package func add(_ text: String) throws { _ = try client("ldapadd", [], input: text) }

    /// All entries of the running server, without what it keeps for itself.
    package func search(_ filter: String = "(objectClass=*)") throws -> [LDIFRecord] {
        try LDIFRecord.all(in: searchedText(["-o", "ldif-wrap=no"], filter))
    }

    /// The same as ldapsearch writes it, as it is told to.
    package func searchedText(_ options: [String] = [], _ filter: String = "(objectClass=*)") throws -> String {
        try client("ldapsearch", ["-LLL"] + options + ["-b", Self.base, filter])
    }

    /// Whether it takes a password for that of an entry.
    package func accepts(_ name: String, _ password: String) throws -> Bool {
        let result = try Program.run(
            "/usr/bin/ldapwhoami", ["-x", "-H", url, "-D", name, "-y", directory.write("password", password)])
        // LDAP_INVALID_CREDENTIALS
        guard [0, 49].contains(result.status) else { throw Program.Failure(description: result.errorOutput) }
        return result.status == 0
    }

    private func client(_ name: String, _ arguments: [String], input: String = "") throws -> String {
        try succeed(
            "/usr/bin/\(name)", ["-x", "-H", url, "-D", "cn=manager,\(Self.base)", "-w", "secret"] + arguments,
            input: input)
    }

    private func succeed(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let result = try Program.run(program, arguments, input: input, limit: .seconds(60))
        guard result.status == 0 else {
            throw Program.Failure(description: "\(program): \(result.status) \(result.errorOutput)")
        }
        return result.output
    }
}
