import API
import Glibc
import Mail
import MailStore
import PasswordHash
import Settings

/// `postern init`: a new state with its first global admin.
enum Init: Command {
    static let name = "init"
    static let summary = "Makes a new state and its first global admin."
    static let options = [
        Option.state, .settings, admin, .passwordFromInput, noGreylisting, database, empty, update, adopt, release,
        apply,
    ]
    static let notes = """
        Without --password-stdin a password is made up and printed once.
        An existing state is never touched.
        With --database the state is made at a PostgreSQL server instead of in files: the databases vmail, amavisd,
        iredapd and postern, and a role for each program that reads them. Run it once, as somebody who may make databases
        and roles, on the server's machine for example:
          sudo -u postgres postern init --database host=/run/postgresql --admin postmaster@example.net
        Then name the server in the setting DATABASE. postern help operating tells the rest.
        A server with iRedMail on PostgreSQL needs no new databases. --adopt adds to its own what Postern needs beside
        them, and Postfix, Dovecot, iRedAPD and iRedAdmin go on; --release takes it off:
          sudo -u postgres postern init --adopt --database host=/run/postgresql
        """

    private static let database = Option(
        name: "--database", value: "CONNECTION",
        meaning: "Makes the databases at this PostgreSQL server: host=/run/postgresql or postgresql://host/.")

    private static let admin = Option(
        name: "--admin", value: "MAIL", meaning: "The admin's login; its domain must not be hosted here later.")

    private static let empty = Option(
        name: "--empty", value: nil, meaning: "With --database: makes no admin, for postern move and restore.")

    private static let update = Option(
        name: "--update", value: nil,
        meaning: "With --database: brings databases that an older Postern has made up to date.")

    private static let adopt = Option(
        name: "--adopt", value: nil,
        meaning: "With --database: takes over the databases of an iRedMail server as they are.")

    private static let release = Option(
        name: "--release", value: nil, meaning: "With --database: takes off again what --adopt has added.")

    private static let apply = Option(
        name: "--apply", value: nil,
        meaning: "With --adopt or --release: does it. Otherwise the statements are printed, and nothing is changed.")

    private static let noGreylisting = Option(
        name: "--no-greylisting", value: nil,
        meaning: "Leaves greylisting off; otherwise it is on for everybody, as iRedMail has it.")

    static func run(_ arguments: Arguments) throws {
        if arguments.has(empty) { return try makeEmpty(arguments) }
        if arguments.has(update) { return try bringUpToDate(arguments) }
        if arguments.has(adopt) || arguments.has(release) { return try changeHands(arguments) }
        if arguments.has(apply) { throw UsageError(reason: "--apply goes with --adopt or --release") }
        guard let text = arguments[admin] else { throw UsageError(reason: "--admin MAIL is missing") }
        guard let username = MailAddress(text) else { throw UsageError(reason: "\(text) is no mail address") }
        // Not the files that they name, which whoever makes the databases of a server may not read.
        let settings = try LoadedSettings.settings(arguments)
        let policy = PasswordPolicy(settings)
        let scheme = PasswordScheme(rawValue: settings[Settings.adminPasswordScheme]) ?? .bcrypt
        let given = arguments.has(.passwordFromInput)
        let generated = given ? "" : generatedPassword(settings)
        // As in the API, white space around a password does not count.
        let password = given ? Secret(readLine() ?? "").stripped : Secret(generated)
        let failures = policy.failures(of: password, for: scheme)
        guard failures.isEmpty else {
            let words = failures.map(\.word).joined(separator: ",")
            throw ExitError(
                given
                    ? "the password is refused: \(words)"
                    : "no password fits the settings (\(words)): raise max_passwd_length",
                code: given ? .unusableData : .configuration)
        }
        let hash = try PasswordHasher(bcryptCost: settings[Settings.bcryptCost]).hash(password, scheme)
        umask(0o027)
        let greylisting = !arguments.has(noGreylisting)
        let place: String
        if let connection = arguments[database] {
            place = try ServerSetUp.make(connection, greylisting: greylisting) { place in
                try addAdmin(username, hash, to: place)
            }
        } else {
            let state = try StateDirectory(arguments)
            try state.requireFilesHere("name it with --database, in the words of somebody who may make databases")
            try state.create(greylisting: greylisting)
            let lock = try state.takeStateLock(.writer)
            try state.asService { try addAdmin(username, hash, to: state.place) }
            withExtendedLifetime(lock) {}
            place = "in \(state.path)"
        }
        Postern.say("State made \(place), with the global admin \(username).")
        if !given { Postern.say("Password (shown only now): \(generated)") }
        if !given, generated.count < 12 {
            let reason =
                "because max_passwd_length allows no more. Raise it and set a longer one: postern admin password"
            Postern.report("this password has \(generated.count) characters only, \(reason)", .warning)
        }
        let isEnabled = settings[Settings.apiEnabled]
        if arguments.has(database) {
            return Postern.say(
                "Next: put DATABASE\(isEnabled ? "" : " and ENABLE_RESTFUL_API = True") into the settings file, and start "
                    + "Postern.")
        }
        Postern.say(
            "Next: \(isEnabled ? "" : "put ENABLE_RESTFUL_API = True into the settings file, then ")start "
                + "postern serve --state \(try StateDirectory(arguments).path).")
    }

    /// Databases of an older version.
    private static func bringUpToDate(_ arguments: Arguments) throws {
        guard let connection = arguments[database], !arguments.has(admin) else {
            throw UsageError(reason: "--update goes with --database, and without --admin")
        }
        let updated = try ServerSetUp.update(connection)
        Postern.say(updated.isEmpty ? "All databases are up to date." : "Brought up to date: \(updated).")
    }

    /// Databases of iRedMail.
    private static func changeHands(_ arguments: Arguments) throws {
        guard let connection = arguments[database], !arguments.has(admin),
            arguments.has(adopt) != arguments.has(release)
        else {
            throw UsageError(reason: "either --adopt or --release goes with --database, and without --admin")
        }
        let isReal = arguments.has(apply)
        try arguments.has(adopt)
            ? ServerSetUp.adopt(connection, isReal: isReal) : ServerSetUp.release(connection, isReal: isReal)
    }

    /// Databases without an admin.
    private static func makeEmpty(_ arguments: Arguments) throws {
        guard let connection = arguments[database], !arguments.has(admin) else {
            throw UsageError(reason: "--empty goes with --database, and without --admin")
        }
        let place = try ServerSetUp.make(connection, greylisting: !arguments.has(noGreylisting))
        Postern.say("Databases made \(place), without any account. Next: postern move --to, or postern restore.")
    }

    private static func addAdmin(_ username: MailAddress, _ hash: String, to place: StatePlace) throws {
        let store = try Store(place, .writer)
        try store.changing {
            try store.admins.insertGlobal(username, password: hash, now: .now())
            try store.log.add(
                LogEntry(.create, "Create admin: \(username).", account: username.text), admin: username, ip: "",
                now: .now())
        }
    }

    /// A random password with all that the settings ask for: of 20 characters, or as near to that as they allow. With
    /// 20 it has about 110 bits.
    static func generatedPassword(_ settings: Settings) -> String {
        let policy = PasswordPolicy(settings)
        let longest = policy.maximumLength > 0 ? min(20, policy.maximumLength) : 20
        // Without those that look like others.
        let uppercase = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        let lowercase = "abcdefghijkmnopqrstuvwxyz"
        let digits = "23456789"
        var required: [String] = []
        if policy.requiresUppercase {
            required.append(uppercase)
        } else if policy.requiresLetter {
            required.append(uppercase + lowercase)
        }
        if policy.requiresDigit { required.append(digits) }
        if policy.requiresSpecialCharacter {
            let plain = policy.specialCharacters.filter { "-_.+=".contains($0) }
            required.append(plain.isEmpty ? policy.specialCharacters : plain)
        }
        let free = max(0, max(longest, policy.minimumLength) - required.count)
        let sources = required + Array(repeating: uppercase + lowercase + digits, count: free)
        return String(sources.compactMap { $0.randomElement() }.shuffled())
    }
}
