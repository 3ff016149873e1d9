import Gateway
import Mail
import PasswordHash
import Settings

/// Who may speak to the API at all; asked first, for every request. Only `REMOTE_ADDR` counts, as `Security.md` E says.
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

    /// Lets a request in, or throws what to answer.
    /// - Returns: the client's address in canonical text; as it came where it is none and nothing is restricted.
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
    /// Whether a browser sent this for another site's page. A client that is no browser sends neither header.
    var isCrossSite: Bool {
        if let fetchSite, fetchSite == "cross-site" || fetchSite == "same-site" { return true }
        guard let origin else { return false }
        guard let host, let authority = origin.firstRange(of: "://").map({ origin[$0.upperBound...] }) else {
            return true
        }
        return authority.lowercased() != host.lowercased()
    }
}
