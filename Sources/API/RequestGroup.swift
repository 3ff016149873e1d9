package import Gateway
package import MailStore

/// The requests that one worker handles together: those that had arrived when it was free.
///
/// A server is asked for all of them at once, first for their sessions, then for what they read. With a few thousand
/// requests a second, most of the time that one takes there is spent with waking one process after the other.
package final class RequestGroup {
    private let api: API
    private let store: Store
    private var requests: [OpenedRequest] = []

    /// So many at most wait for each other.
    private static let most = 16

    /// - Parameter store: the worker's own reader.
    package init(_ api: API, _ store: Store) {
        self.api = api
        self.store = store
    }

    /// Takes a request.
    /// - Returns: whether others may join it before `answer`: none behind one that may last.
    package func take(_ request: Request, _ answer: @escaping API.Answer) -> Bool {
        guard let request = api.open(request, answer) else { return store.gainsByCompany }
        requests.append(request)
        return store.gainsByCompany && request.isQuick && requests.count < Self.most
    }

    /// Answers those that were taken, or hands them over to the threads that will.
    package func answer() {
        defer { requests.removeAll(keepingCapacity: true) }
        guard requests.count > 1 else {
            if let request = requests.first, let active = api.prepare(request, store) { api.begin(active, store) }
            return
        }
        var last: ActiveRequest?
        store.together {
            for request in requests where request.needsSession {
                if let session = request.session { store.sessions.announce(session) }
            }
            var quick: [ActiveRequest] = []
            for request in requests {
                guard var active = api.prepare(request, store) else { continue }
                guard request.isQuick else {
                    last = active
                    continue
                }
                if request.route.announcesAll { active.isTogether = active.request.announce(on: store) }
                quick.append(active)
            }
            for active in quick { api.begin(active, store) }
        }
        if let last { api.begin(last, store) }
    }
}

extension OpenedRequest {
    /// Whether others may wait until a worker is done with it.
    fileprivate var isQuick: Bool { route.changes || route.announcesAll }
}
