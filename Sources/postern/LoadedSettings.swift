import API
import FoundationEssentials
import Glibc
import PasswordHash
import Settings

/// The settings file and what it names, read together: the gate secret, and the user ids of peers.
struct LoadedSettings {
    let settings: Settings
    private let gateSecret: Secret?
    /// User ids whose processes may connect to the socket.
    let peers: Set<UInt32>
    let warnings: [String]
    /// The user id of `lookupUser`; empty on a machine without that account.
    private let lookupUsers: Set<UInt32>

    private static let defaultPath = "/etc/postern/settings.py"

    /// The user of postern-spf-refresh.service.
    static let lookupUser = "postern-spf"

    /// The settings file alone, for users who may not read the gate secret.
    /// - Throws: for a file that cannot be read, and a value that cannot be used.
    static func settings(_ arguments: Arguments) throws -> Settings {
        let path = arguments[.settings] ?? defaultPath
        let settings =
            arguments[.settings] == nil && access(path, F_OK) != 0 ? Settings() : try Settings.load(path: path)
        try Configuration.check(settings)
        return settings
    }

    /// - Throws: for a file that cannot be read, and a value that cannot be used.
    init(_ arguments: Arguments) throws {
        settings = try Self.settings(arguments)
        gateSecret = try Self.gateSecret(settings)
        var warnings = settings.warnings
        var peers: Set<UInt32> = [geteuid()]
        let named = settings.origin(of: Settings.fastCGIPeers.name) != .default
        for name in settings[Settings.fastCGIPeers] {
            if let id = userID(name) {
                peers.insert(id)
            } else if named {
                warnings.append("FASTCGI_PEERS: there is no user \(name) on this machine")
            }
        }
        // In any case: older settings files do not name this user, and the API allows it little (`Security.md` 3).
        lookupUsers = Set(userID(Self.lookupUser).map { [$0] } ?? [])
        peers.formUnion(lookupUsers)
        if !settings[Settings.apiEnabled] {
            let path = arguments[.settings] ?? Self.defaultPath
            warnings.append("ENABLE_RESTFUL_API is not True in \(path): every request is answered with 404")
        }
        self.peers = peers
        self.warnings = warnings
    }

    /// The settings as the API needs them. It takes as long as opening all databases.
    func configuration() throws -> Configuration {
        try Configuration(settings, gateSecret: gateSecret, lookupUsers: lookupUsers)
    }

    private static func gateSecret(_ settings: Settings) throws -> Secret? {
        let path = settings[Settings.fastCGIGateFile]
        guard !path.isEmpty else { return nil }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ExitError("FASTCGI_GATE_FILE: cannot read \(path)", code: .configuration)
        }
        let secret = content.filter { $0 > 0x20 }
        guard secret.count >= 16 else {
            throw ExitError("FASTCGI_GATE_FILE: \(path) holds fewer than 16 characters", code: .configuration)
        }
        return Secret(secret)
    }
}
