import FoundationEssentials
import Neighbours
import Settings

/// `postern print-config`: what the programs around Postern need, ready for this state directory or PostgreSQL server.
enum PrintConfig: Command {
    static let name = "print-config"
    static let summary = "Prints the configuration that the programs around Postern need, and Postern's own files."
    static let operand: String? = "postfix|dovecot|amavisd|nginx|fail2ban|systemd|settings|completion|manual"
    static let options = [Option.state, database, .settings, socket, dovecot, output]
    static let notes = """
        Dovecot 2.3 (Debian 12) and 2.4 (Debian 13) do not start with each other's configuration: the files are for the
        one that is installed here, or for the one that --dovecot names. After an upgrade of Dovecot print them anew;
        postern check says whether they fit.
        With --database the files for Postfix, Dovecot and amavisd are for PostgreSQL. CONNECTION is a connection string of
        libpq, such as 'postgresql://db1.example,db2.example' or 'host=/var/run/postgresql port=5433'. Its hosts and ports
        count, and sslmode and sslrootcert; each program logs in as the role of its own name. No password is printed: the
        files say where each program finds its own.
        systemd is for a PostgreSQL server only: drop-ins by which the units do not wait for files, and reach it over TCP.
        For nginx the settings say whether a gate secret is included and what stands before /api.
        settings is a settings file with every key as a comment, completion is for bash, manual is the page of man.
        With --output the files are written there, and refer to each other in that directory; an existing file is
        replaced. Each file says where it goes and why.
        Ask Postfix' tables by hand as its own user: setpriv --reuid=postfix --regid=postfix --init-groups postmap -q
        KEY sqlite:FILE, or pgsql:FILE. The printed files open the database for reading only. Files for SQLite of older
        versions name the plain path: with them a look-up by root while Postern is stopped locks Postfix out. Print them
        anew.
        """

    private static let output = Option(
        name: "--output", value: "DIR", meaning: "Writes the files there instead of printing them.")
    private static let database = Option(
        name: "--database", value: "CONNECTION",
        meaning: "The PostgreSQL server with the databases (default: what the setting DATABASE says).")
    private static let dovecot = Option(
        name: "--dovecot", value: DovecotVersion.allCases.map(\.rawValue).joined(separator: "|"),
        meaning: "The version to print for (default: the installed one).")
    private static let socket = Option(
        name: "--socket", value: "PATH", meaning: "Postern's socket, for nginx (default \(Serve.defaultSocket)).")

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 1, let program = arguments.operands.first else {
            throw UsageError(reason: "name one of \(operand ?? "")")
        }
        if program != "dovecot", arguments.has(dovecot) { throw UsageError(reason: "--dovecot is for dovecot") }
        if !readers.contains(program), arguments.has(database) {
            throw UsageError(reason: "--database is for \(readers.joined(separator: ", "))")
        }
        let directory = arguments[output].map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        let printed = try print(for: program, try StateDirectory(arguments), directory, arguments)
        guard let directory else {
            // Each of Postern's own files is printed alone and can be used as it is, so it has no heading.
            let isOwn = ["settings", "completion", "manual"].contains(program)
            for file in printed.files { Postern.say(isOwn ? file.text : "# ----- \(file.name)\n\(file.text)") }
            return
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for file in printed.files {
            let path = "\(directory)/\(file.name)"
            if file.name.contains("/") {
                try FileManager.default.createDirectory(
                    at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            }
            try file.text.write(toFile: path, atomically: true, encoding: .utf8)
            Postern.say(path)
        }
        let left = printed.filesOfOtherVersions.map { "\(directory)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        if !left.isEmpty {
            Postern.report("another version's files are not read any more:  rm \(left.joined(separator: " "))")
        }
    }

    /// The programs that read the databases.
    private static let readers = ["postfix", "dovecot", "amavisd", "systemd"]

    private static func databases(_ state: StateDirectory, _ arguments: Arguments) throws -> ConfiguredDatabases {
        guard let connection = arguments[database] else { return try state.databases }
        do {
            return .server(try PostgreSQLAccess(connection: connection))
        } catch {
            throw UsageError(reason: "--database: \(error)")
        }
    }

    /// Where this program lies: /usr/bin/postern as a rule.
    private static var ownPath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/postern"
    }

    private struct Printed {
        let files: [(name: String, text: String)]
        /// Names of files that are printed for other versions of the program, and that this one does not read.
        var filesOfOtherVersions: [String] = []
    }

    private static func print(
        for program: String, _ state: StateDirectory, _ directory: String?, _ arguments: Arguments
    ) throws -> Printed {
        switch program {
        case "postfix":
            return Printed(
                files: PostfixConfiguration(
                    databases: try databases(state, arguments),
                    installDirectory: directory ?? PostfixConfiguration.defaultDirectory,
                    listSpool: try LoadedSettings(arguments).settings[Settings.mailingListSpool], program: ownPath
                ).files)
        case "dovecot":
            // Neither version of Dovecot has a way to quote these characters that works everywhere.
            for path in [state.path, directory ?? ""] {
                guard path.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && !"\"#$%'\\{}<>".utf8.contains($0) }) else {
                    throw UsageError(reason: "Dovecot's files cannot hold the path \(path)")
                }
            }
            let configuration = DovecotConfiguration(
                for: try dovecotVersion(arguments[dovecot]), databases: try databases(state, arguments),
                installDirectory: directory ?? DovecotConfiguration.defaultDirectory)
            return Printed(files: configuration.files, filesOfOtherVersions: configuration.filesOfOtherVersions)
        case "amavisd":
            return Printed(files: AmavisdConfiguration(databases: try databases(state, arguments)).files)
        case "nginx":
            let settings = try LoadedSettings(arguments).settings
            let hasGate = !settings[Settings.fastCGIGateFile].isEmpty
            return Printed(
                files: NginxConfiguration(
                    socket: arguments[socket] ?? Serve.defaultSocket,
                    gateInclude: hasGate ? "/etc/nginx/postern-gate.conf" : nil, basePath: settings[Settings.basePath]
                ).files)
        case "systemd":
            guard case .server(let access) = try databases(state, arguments) else {
                throw UsageError(reason: "the units need nothing more while the databases are files (DATABASE)")
            }
            return Printed(files: SystemdConfiguration(access, standby: try state.standbyAccess).files)
        case "fail2ban": return Printed(files: Fail2banConfiguration.files)
        case "settings": return Printed(files: [(name: "settings.py", text: Settings.template())])
        case "completion": return Printed(files: [(name: "postern", text: BashCompletion.text)])
        case "manual": return Printed(files: [(name: "postern.8", text: ManualPage.text)])
        default:
            throw UsageError(reason: "\(program) is none of \(operand ?? "")")
        }
    }

    /// The version that was named, else the installed one.
    ///
    /// - Throws: when there are no files for that version, or none is installed; the error says what to do.
    private static func dovecotVersion(_ named: String?) throws -> DovecotVersion {
        let choice =
            "choose with " + DovecotVersion.allCases.map { "--dovecot \($0.rawValue)" }.joined(separator: " or ")
        if let named {
            guard let version = DovecotVersion(rawValue: named) else {
                throw UsageError(reason: "there are no files for Dovecot \(named); \(choice)")
            }
            return version
        }
        guard let installed = InstalledDovecot.find() else {
            throw ExitError(
                """
                no Dovecot is installed here, so it is not known which one the files are for; \(choice), or install \
                dovecot-imapd and dovecot-sqlite first
                """, code: .configuration)
        }
        guard let version = installed.version else {
            throw ExitError(
                "there are no files for Dovecot \(installed.versionText), which is installed here; \(choice) to see others",
                code: .configuration)
        }
        return version
    }
}
