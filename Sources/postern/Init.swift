import API
import Glibc
import Mail
import MailStore
import PasswordHash
import Settings

/// `postern init`: a new state with its first global admin.
enum Init: Command {
    static let name = "init"
    static let summary = "Makes a new state directory and its first global admin."
    static let options = [Option.state, .settings, admin, .passwordFromInput, noGreylisting]
    static let notes = """
        Without --password-stdin a password is made up and printed once.
        An existing state is never touched.
        """

    private static let admin = Option(
        name: "--admin", value: "MAIL", meaning: "The admin's login; its domain must not be hosted here later.")

    private static let noGreylisting = Option(
        name: "--no-greylisting", value: nil,
        meaning: "Leaves greylisting off; otherwise it is on for everybody, as iRedMail has it.")

    static func run(_ arguments: Arguments) throws {
        guard let text = arguments[admin] else { throw UsageError(reason: "--admin MAIL is missing") }
        guard let username = MailAddress(text) else { throw UsageError(reason: "\(text) is no mail address") }
        let loaded = try LoadedSettings(arguments)
        let policy = PasswordPolicy(loaded.settings)
        let scheme = PasswordScheme(rawValue: loaded.settings[Settings.adminPasswordScheme]) ?? .bcrypt
        let given = arguments.has(.passwordFromInput)
        let generated = given ? "" : generatedPassword(policy)
        // As in the API, white space around a password does not count.
        let password = given ? Secret(readLine() ?? "").stripped : Secret(generated)
        let failures = policy.failures(of: password, for: scheme)
        guard failures.isEmpty else {
            throw ExitError(
                "the password is refused: \(failures.map(\.word).joined(separator: ","))", code: .unusableData)
        }
        let hash = try PasswordHasher(bcryptCost: loaded.settings[Settings.bcryptCost]).hash(password, scheme)
        umask(0o027)
        let state = StateDirectory(arguments)
        try state.create(greylisting: !arguments.has(noGreylisting))
        try addAdmin(username, hash, to: state)
        Postern.say("State made in \(state.path), with the global admin \(username).")
        if !given { Postern.say("Password (shown only now): \(generated)") }
        let isEnabled = loaded.settings[Settings.apiEnabled]
        Postern.say(
            "Next: \(isEnabled ? "" : "put ENABLE_RESTFUL_API = True into the settings file, then ")start "
                + "postern serve --state \(state.path).")
    }

    private static func addAdmin(_ username: MailAddress, _ hash: String, to state: StateDirectory) throws {
        let lock = try state.lock(.writer)
        defer { withExtendedLifetime(lock) {} }
        try state.asService {
            let store = try Store(directory: state.path, .writer)
            try store.changing {
                try store.admins.insertGlobal(username, password: hash, now: .now())
                try store.log.add(
                    LogEntry(.create, "Create admin: \(username).", account: username.text), admin: username, ip: "",
                    now: .now())
            }
        }
    }

    /// A random password of 20 characters or more that the policy accepts; about 110 bits. If the policy allows fewer
    /// characters, the password is too long for it.
    private static func generatedPassword(_ policy: PasswordPolicy) -> String {
        let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
        let length = max(20, policy.minimumLength)
        let special = policy.specialCharacters.first { "-_.+=".contains($0) } ?? policy.specialCharacters.first
        while true {
            var characters = (0..<length).compactMap { _ in letters.randomElement() }
            if let special { characters[length / 2] = special }
            let password = String(characters)
            let isAccepted = policy.failures(of: Secret(password), for: .bcrypt).isEmpty
            if isAccepted || policy.maximumLength > 0 && policy.maximumLength < length { return password }
        }
    }
}
