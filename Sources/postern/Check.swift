import Glibc
import MailingLists
import MailStore
import Neighbours
import Settings

/// `postern check`: settings, files, schema, integrity and Dovecot, for the operator and for scripts.
enum Check: Command {
    static let name = "check"
    static let summary = "Shows the settings in force, and checks the state directory and Dovecot's files."
    static let options = [Option.state, .settings]
    static let notes = """
        It also tells when Dovecot does not start with its configuration, or does not read the files printed for it, and
        what to do. Run it after an upgrade from Debian 12 to 13.
        Exit status 0 when all is well; 65 for the state; 78 for the settings or Dovecot's configuration.
        """

    static func run(_ arguments: Arguments) throws {
        let loaded: LoadedSettings
        do {
            loaded = try LoadedSettings(arguments)
        } catch let error as SettingsError {
            throw ExitError("\(error)", code: .configuration)
        }
        Postern.say("Settings")
        for entry in loaded.settings.entries {
            Postern.say("  \(entry.setting.name) = \(entry.text)  (\(entry.origin))")
        }
        for warning in loaded.warnings { Postern.say("  warning: \(warning)") }
        let state = try StateDirectory(arguments)
        Postern.say("State \(state.name)")
        var problems = 0
        if let restore = state.unfinishedRestore {
            problems += 1
            Postern.say("  half restored from \(restore.backup)")
        }
        if let server = state.server {
            problems += tellOfDatabases(server)
            if let standby = state.standby { tellOfStandby(standby, of: server) }
        }
        for file in state.files {
            let found = state.problems(of: file)
            problems += found.count
            Postern.say("  \(file.relativePath): \(found.isEmpty ? "ok" : found.joined(separator: "; "))")
            // A reader outside of the group finds nothing there; iRedAPD then lets everything pass (`Storage.md` 1).
            for reader in file.readers where reader != file.owner && isMember(reader, of: file.group) == false {
                Postern.say(
                    "  warning: \(reader) is not in the group \(file.group): it cannot read \(file.relativePath); run /usr/lib/postern/setup and restart it"
                )
            }
        }
        tellOfLists(loaded.settings)
        let dovecotFits = tellOfDovecot(state)
        guard problems == 0 else {
            throw ExitError("\(problems) problem\(problems == 1 ? "" : "s") in \(state.name)", code: .unusableData)
        }
        guard dovecotFits else {
            throw ExitError(
                "Dovecot does not start or does not read its files: nobody can log in", code: .configuration)
        }
    }
}

/// Prints what `DovecotCheck` finds.
///
/// - Returns: false when the installed Dovecot does not start or does not read its files; true where none is installed.
private func tellOfDovecot(_ state: StateDirectory) -> Bool {
    guard let installed = InstalledDovecot.find() else { return true }
    let isUsual = state.path == StateDirectory.defaultPath || state.server != nil
    Postern.say("Dovecot \(installed.versionText)")
    let databases: ConfiguredDatabases
    do {
        databases = try state.databases
    } catch {
        Postern.say("  \(error)")
        return false
    }
    let check = DovecotCheck(
        of: installed, InstalledDovecot.configuration(), databases: databases,
        databaseOption: isUsual ? "" : "--state \(state.path)")
    switch check.finding {
    case .fits: Postern.say("  ok")
    case .isNotUsed: Postern.say("  does not read Postern's accounts: none of its files is installed")
    case .readsAnotherState: Postern.say("  reads the accounts of another state")
    case .problems(let lines):
        for line in lines { Postern.say("  \(line)") }
        return false
    }
    return true
}

/// Prints whether subscribable mailing lists can be served. They are no problem of the server's: without mlmmj they are
/// refused, and everything else works.
private func tellOfLists(_ settings: Settings) {
    Postern.say("Subscribable mailing lists")
    do {
        try ListHelper(socket: settings[Settings.mailingListSocket]).send(.ping)
    } catch is ListHelper.Unreachable {
        return Postern.say(
            "  refused: nobody answers at MAILING_LIST_SOCKET; run /usr/lib/postern/setup and start postern-lists.socket"
        )
    } catch {
        return Postern.say("  refused: \(error)")
    }
    let hasFooters = access("/usr/bin/altermime", X_OK) == 0
    Postern.say(hasFooters ? "  ok" : "  ok, but footers are not added: apt-get install altermime")
}

/// Prints what each database at a server is like.
///
/// - Returns: how many cannot be used.
private func tellOfDatabases(_ server: ServerState) -> Int {
    var problems = 0
    for database in ServerDatabase.allCases {
        var finding = "ok"
        do {
            for file in database.files {
                try ServerMigrator.require(ServerMigrator.version(of: file, in: server), of: file, in: server)
            }
        } catch {
            problems += 1
            finding = "\(error)"
        }
        Postern.say("  \(server.name(of: database)): \(finding)")
    }
    return problems
}

/// Prints whether the standby can be read. Otherwise the primary is, so it is no problem of the server's.
private func tellOfStandby(_ standby: ServerState, of server: ServerState) {
    do {
        try Standby.check(standby, of: server)
        Postern.say("  standby \(standby): ok")
    } catch {
        Postern.say("  warning: the standby \(standby) is not used: \(error)")
    }
}

/// Whether an account is in a group; nil where there is no such account or no such group.
private func isMember(_ name: String, of group: String) -> Bool? {
    guard let primary = getpwnam(name)?.pointee.pw_gid, let wanted = groupID(group) else { return nil }
    var groups = [gid_t](repeating: 0, count: 1024)
    var count = Int32(groups.count)
    guard getgrouplist(name, primary, &groups, &count) >= 0 else { return nil }
    return groups.prefix(Int(count)).contains(wanted)
}

extension StateDirectory {
    /// What is wrong with one database, in words; empty for a sound one.
    fileprivate func problems(of file: StoreFile) -> [String] {
        let directory: DatabaseDirectory
        var problems: [String] = []
        do {
            guard let found = try openDirectoryIfPresent(of: file), try found.entry(name(of: file)).isPresent else {
                return ["missing"]
            }
            directory = found
            problems = modeProblem(directory.path, directory.status, file.directoryMode, file)
            for suffix in ["", "-wal", "-shm"] {
                if case .file(let status) = try directory.entry(name(of: file) + suffix) {
                    problems += modeProblem(path(of: file) + suffix, status, file.fileMode, file)
                }
            }
            let flaws = try flaws(of: file, in: directory)
            guard flaws.isEmpty else { return problems + flaws }
        } catch {
            return [(error as? ExitError)?.reason ?? "\(error)"]
        }
        do {
            problems += try asService {
                let version = try Migrator.version(at: path(of: file))
                try Migrator.require(version, of: file, at: path(of: file))
                let findings = try Migrator.integrity(at: path(of: file)).filter { $0 != "ok" }
                return version < file.schemaVersion
                    ? ["schema \(version), updated at the next start"] + findings : findings
            }
        } catch {
            problems.append((error as? ExitError)?.reason ?? "\(error)")
        }
        return problems
    }

    private func modeProblem(_ path: String, _ status: stat, _ wanted: UInt32, _ file: StoreFile) -> [String] {
        var problems: [String] = []
        let mode = UInt32(status.st_mode) & 0o7777
        if mode != wanted {
            problems.append("\(path) has mode \(String(mode, radix: 8)) instead of \(String(wanted, radix: 8))")
        }
        if let (user, group) = Self.ids(of: file), status.st_uid != user || status.st_gid != group {
            problems.append("\(path) should belong to \(file.owner):\(file.group)")
        }
        return problems
    }
}
