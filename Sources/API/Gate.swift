import Gateway
import Mail
import PasswordHash
import Settings

/// Decides which clients may use the API at all, before anything else is looked at. Only `REMOTE_ADDR` counts:
/// `Security.md` E1.
struct Gate: Sendable {
    private let isOpen: Bool
    private let restricts: Bool
    private let clients: [IPNetwork]
    private let secret: Secret?

    init(_ settings: Settings, secret: Secret?) {
        isOpen = settings[Settings.apiEnabled]
        clients = settings[Settings.clients]
        restricts = settings[Settings.restrictsClients] || !clients.isEmpty
        self.secret = secret
    }

    /// Lets a request in, or refuses it.
    /// - Returns: the client's address in canonical text. Text that is no address passes only while access is not
    ///   restricted, and is returned as it came.
    /// - Throws: `NOT_FOUND` when the API is switched off, else `NOT_AUTHORIZED`.
    func admit(_ request: Request) throws(APIError) -> String {
        guard isOpen else { throw .notFound }
        if let secret {
            guard let shown = request.gate, Secret(shown) == secret else { throw .notAuthorized }
        }
        let address = IPAddress(request.remoteAddress)
        if restricts {
            guard let address, clients.contains(where: { $0.contains(address) }) else { throw .notAuthorized }
        }
        return address?.description ?? request.remoteAddress
    }
}

extension Request {
    /// Whether a browser sent this for another site's page, by `Sec-Fetch-Site` and `Origin`. A client that sends
    /// neither is no browser (`Security.md` D7).
    var isCrossSite: Bool {
        if let fetchSite, fetchSite == "cross-site" || fetchSite == "same-site" { return true }
        guard let origin else { return false }
        guard let host, let authority = origin.firstRange(of: "://").map({ origin[$0.upperBound...] }) else {
            return true
        }
        return authority.lowercased() != host.lowercased()
    }
}
