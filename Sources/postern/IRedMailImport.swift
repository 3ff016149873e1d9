import FoundationEssentials
import Glibc
import IRedMail
import Mail
import MailStore

/// `postern import iredmail`: takes a running iRedMail server over.
enum IRedMailImport {
    static let operand = "iredmail"
    static let options = [mysql, postgresql, ldap, base, bind, passwordFile, ldif, only, apply]
    static let notes = """
        With iredmail, an iRedMail server is read by mariadb, mysql, psql or ldapsearch, without a change there: each
        database as it is at one moment. With --ldap or --ldif the accounts come from LDAP, and --mysql beside it reads what
        MariaDB has: policies, used quota, last logins, shared folders, deleted mailboxes, the log. Nothing is changed here
        either without --apply; the exit status is then 0, whatever there is to do. What is told are lines of four fields
        between tabs: changed, left-out, differs (Postfix or Dovecot will answer otherwise), missing or count; table; name;
        reason. Mail stays where it is, passwords are taken as they are. What is there already is refused, never merged. Cut
        short, the command is run again. See the page Moving from iRedMail.
        """

    private static let mysql = Option(
        name: "--mysql", value: "OPTIONS",
        meaning: "Options of mariadb or mysql that reach the iRedMail server, such as --defaults-extra-file=FILE.")
    private static let postgresql = Option(
        name: "--postgresql", value: "CONNECTION",
        meaning: "How psql reaches the iRedMail server: host=/run/postgresql.")
    private static let ldap = Option(
        name: "--ldap", value: "URL",
        meaning: "Where ldapsearch reaches the iRedMail server's accounts: ldap://127.0.0.1.")
    private static let base = Option(
        name: "--base", value: "DN", meaning: "The suffix of the directory: dc=example,dc=com.")
    private static let bind = Option(
        name: "--bind", value: "DN", meaning: "Who reads the directory, such as cn=vmail,dc=example,dc=com.")
    private static let passwordFile = Option(
        name: "--password-file", value: "FILE", meaning: "Has the password of who reads the directory; mode 0600.")
    private static let ldif = Option(
        name: "--ldif", value: "FILE",
        meaning: "The iRedMail server's accounts as slapcat prints them; - is standard input.")
    private static let only = Option(
        name: "--only", value: "NAME,…", meaning: "The domains that are taken from the iRedMail server, instead of all."
    )
    private static let apply = Option(
        name: "--apply", value: nil,
        meaning: "Takes the iRedMail server over, instead of only telling what would be done.")

    /// The options that say something of an iRedMail server only.
    static func given(in arguments: Arguments) -> Option? { options.first(where: arguments.has) }

    static func isApplied(_ arguments: Arguments) -> Bool { arguments.has(apply) }

    static func source(_ arguments: Arguments) throws -> IRedMailSource {
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        guard arguments.has(ldap) || ![base, bind, passwordFile].contains(where: arguments.has) else {
            throw UsageError(reason: "\(base.name), \(bind.name) and \(passwordFile.name) go with \(ldap.name)")
        }
        do {
            let server = try arguments[mysql].map { try SourceServer(mysql: $0, environment: environment) }
            switch (server, arguments[postgresql], arguments[ldap], arguments[ldif]) {
            case (let server?, nil, nil, nil): return .server(server)
            case (nil, let connection?, nil, nil):
                return .server(try SourceServer(postgresql: connection, environment: environment))
            case (_, nil, let url?, nil):
                let directory = try SourceDirectory(
                    url: url, base: arguments[base] ?? "", bind: arguments[bind],
                    passwordFile: arguments[passwordFile], environment: environment)
                return .directory(directory, databases: server)
            case (_, nil, nil, let file?): return .directory(try SourceDirectory(file: file), databases: server)
            default:
                throw UsageError(
                    reason: "how is the iRedMail server reached: \(mysql.name), \(postgresql.name), \(ldap.name) or "
                        + "\(ldif.name)? Only \(mysql.name) goes with one of the last two")
            }
        } catch let failure as SourceFailure {
            throw UsageError(reason: "\(failure)")
        }
    }

    /// - Throws: also for a server that cannot be read, and when something of it is there already.
    static func take(_ source: IRedMailSource, over state: StateDirectory, _ arguments: Arguments) throws {
        let names = try (arguments[only] ?? "").split(separator: ",").map { try RequestPath.domain(String($0)) }
        let now = Moment.now()
        let staged = try StagedState(in: state.directoryPath(of: .api))
        let reader = IRedMailReader(source, into: staged, only: Set(names.compactMap { DomainName($0) }), now: now) {
            Postern.say("\($0)")
        }
        do {
            try reader.read()
        } catch let failure as SourceFailure {
            throw ExitError("\(failure)", code: .inputOutput)
        }
        for name in names where !reader.domainNames.contains(name) {
            throw ExitError("\(name): the iRedMail server has no such domain that can be taken", code: .unusableData)
        }
        for (table, rows) in try reader.counts() { Postern.say("count\t\(table)\t\t\(rows)") }
        let header = ExportFormat.Header(
            domains: reader.domainNames, hasServer: reader.takesServer, hasPasswords: true, hasUsage: true)
        let plan = try StatePlan(staged, header, for: state.place)
        try plan.keepUsage()
        let findings = try plan.check(replaces: false)
        for left in findings.leftOut { Postern.say("left-out\t\t\t\(left)") }
        if let conflict = try plan.firstConflict(seeds: StagedState(in: state.directoryPath(of: .api))) {
            throw ExitError(
                "\(conflict): it is there already and differs, and nothing is merged; \(only.name) takes single domains, and "
                    + "nothing that belongs to no domain", code: .unusableData)
        }
        Import.tellOfLists(findings)
        guard isApplied(arguments) else {
            return Postern.say(
                findings.parts.isEmpty
                    ? "All of it is there." : "Nothing was changed. With \(apply.name) it is taken into \(state.name).")
        }
        let total = findings.counts.all
        try plan.apply(findings, to: state.place, replaces: false, now: now) { rows in
            Postern.progress(rows, of: total)
        }
        let history = try staged.addHistory(to: state.place)
        Postern.say(
            "\(findings.parts.count) parts with \(total) rows, and \(history) rows of history, are in \(state.name).")
    }
}
