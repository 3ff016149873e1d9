import Mail
import MailStore
package import PasswordHash
package import Settings

/// The settings, and what is made of them once instead of for each request. A reload makes a new configuration.
package final class Configuration: Sendable {
    package let settings: Settings
    let gate: Gate
    let router: Router
    let sessionRules: SessionRules
    let maildirLayout: MaildirLayout
    let userScheme: PasswordScheme
    let adminScheme: PasswordScheme
    /// Characters that may begin the extension of a local part.
    let recipientDelimiters: [Character]
    /// Columns that no profile of a user shows: those of the setting, and always the secret ones (`Security.md` B15).
    let hiddenMailboxColumns: HiddenColumns
    /// The same for standalone admins.
    let hiddenAdminColumns: HiddenColumns
    /// Whether each request gets a line in the log.
    let logsRequests: Bool
    /// User ids of the tools that look names up in the DNS (`Access.lookup`).
    let lookupUsers: Set<UInt32>
    package let contract: ContractDocuments
    private let hasher: PasswordHasher
    let check: CredentialCheck
    private let userPolicy: PasswordPolicy

    /// - Parameters:
    ///   - gateSecret: the content of `FASTCGI_GATE_FILE`; nil when the setting is off.
    ///   - lookupUsers: user ids of the tools that look names up in the DNS; only `Access.lookup` is open to them.
    ///   - routes: what is served.
    /// - Throws: as `check(_:)`, and when the system has no random bytes to give.
    package init(
        _ settings: Settings, gateSecret: Secret?, lookupUsers: Set<UInt32> = [], routes: [Route] = API.allRoutes
    ) throws {
        try Self.check(settings)
        self.settings = settings
        self.lookupUsers = lookupUsers
        hiddenMailboxColumns = HiddenColumns(
            Schema.secretColumns["mailbox", default: []].union(settings[Settings.hiddenUserProfiles]))
        hiddenAdminColumns = HiddenColumns(
            Schema.secretColumns["admin", default: []].union(settings[Settings.hiddenAdminProfiles]))
        logsRequests = settings[Settings.logsRequests]
        sessionRules = SessionRules(settings)
        maildirLayout = MaildirLayout(settings)
        gate = Gate(settings, secret: gateSecret)
        router = Router(routes, basePath: settings[Settings.basePath])
        userScheme = PasswordScheme(rawValue: settings[Settings.defaultPasswordScheme]) ?? .ssha512
        adminScheme = PasswordScheme(rawValue: settings[Settings.adminPasswordScheme]) ?? .bcrypt
        recipientDelimiters = settings[Settings.recipientDelimiters].flatMap { Array($0) }
        hasher = PasswordHasher(bcryptCost: settings[Settings.bcryptCost])
        check = try CredentialCheck(scheme: adminScheme, hasher: hasher)
        userPolicy = PasswordPolicy(settings)
        contract = ContractDocuments.of(basePath: settings[Settings.basePath])
    }

    /// Checks what the settings' own types cannot.
    /// - Throws: when a setting names a service that no mailbox has.
    package static func check(_ settings: Settings) throws {
        let unknown = (settings[Settings.disabledUserServices] + settings[Settings.enabledUserServices])
            .first { MailService.family($0).isEmpty }
        if let unknown { throw UnknownService(name: unknown) }
    }

    /// Whether a client may read the figures of the service without a session: `METRICS_CLIENTS`.
    func isMonitor(_ client: String) -> Bool {
        guard let address = IPAddress(client) else { return false }
        return settings[Settings.metricsClients].contains { $0.contains(address) }
    }

    /// The slow work needed to store a password; nil when its scheme is fast, or when it is not to be hashed.
    func slowHash(_ password: SentPassword) -> SlowWork? {
        guard let scheme = scheme(for: password.kind), scheme.isSlow else { return nil }
        return .hash(password.secret, scheme)
    }

    /// The hash of a password, or why hashing failed; nil when its scheme is slow, or when it is not to be hashed.
    func fastHash(_ password: SentPassword) -> Result<String, any Error>? {
        guard let scheme = scheme(for: password.kind), !scheme.isSlow else { return nil }
        return hash(password.secret, scheme)
    }

    /// The scheme in which a new password is stored; nil for a password that is only checked, and for a ready hash.
    private func scheme(for kind: SecretKind) -> PasswordScheme? {
        switch kind {
        case .user: userScheme
        case .admin: adminScheme
        case .checked, .hash: nil
        }
    }

    func hash(_ password: Secret, _ scheme: PasswordScheme) -> Result<String, any Error> {
        Result { try hasher.hash(password, scheme) }
    }

    /// The rules for a new password.
    ///
    /// - Parameters:
    ///   - minimum: the domain's own minimum, in characters; 0 for that of the settings.
    ///   - maximum: the domain's own maximum, in characters; 0 for that of the settings.
    func passwordPolicy(minimum: Int = 0, maximum: Int = 0) -> PasswordPolicy {
        var policy = userPolicy
        if minimum > 0 { policy.minimumLength = minimum }
        if maximum > 0 { policy.maximumLength = maximum }
        return policy
    }
}

/// A setting names a mail service that does not exist.
struct UnknownService: Error, CustomStringConvertible {
    let name: String
    var description: String {
        "ADDITIONAL_DISABLED_USER_SERVICES or ADDITIONAL_ENABLED_USER_SERVICES: \(name) is no service; the services are "
            + MailService.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension PasswordPolicy {
    /// The rules of the settings, without those of a domain.
    package init(_ settings: Settings) {
        self.init(
            minimumLength: settings[Settings.minPasswordLength],
            maximumLength: settings[Settings.maxPasswordLength],
            requiresLetter: settings[Settings.passwordNeedsLetter],
            requiresUppercase: settings[Settings.passwordNeedsUppercase],
            requiresDigit: settings[Settings.passwordNeedsDigit],
            requiresSpecialCharacter: settings[Settings.passwordNeedsSpecialCharacter],
            specialCharacters: settings[Settings.passwordSpecialCharacters])
    }

    /// - Throws: all that is wrong with the password: one error, with its words joined by commas.
    func require(_ password: Secret, for scheme: PasswordScheme) throws {
        let failures = failures(of: password, for: scheme)
        guard failures.isEmpty else { throw APIError.passwordPolicy(failures).at("password") }
    }
}

extension PasswordPolicy.Failure {
    /// Its word in `_msg`: `Contract.md` 8.1.
    package var word: String {
        switch self {
        case .empty: "PW_EMPTY"
        case .nonASCII: "PW_NON_ASCII"
        case .shorterThanMinimum: "PW_SHORTER_THAN_MIN_LENGTH"
        case .greaterThanMaximum: "PW_GREATER_THAN_MAX_LENGTH"
        case .noLetter: "PW_NO_LETTER"
        case .noUppercase: "PW_NO_UPPERCASE"
        case .noDigit: "PW_NO_DIGIT_NUMBER"
        case .noSpecialCharacter: "PW_NO_SPECIAL_CHAR"
        }
    }

    /// One sentence.
    var meaning: String {
        switch self {
        case .empty: "The password is empty."
        case .nonASCII: "The password has characters outside ASCII."
        case .shorterThanMinimum: "The password is too short."
        case .greaterThanMaximum: "The password is too long."
        case .noLetter: "The password has no letter."
        case .noUppercase: "The password has no capital letter."
        case .noDigit: "The password has no digit."
        case .noSpecialCharacter: "The password has no special character."
        }
    }
}
