package import Gateway
package import MailStore

/// The requests that one worker handles together: those that had arrived when it was free.
///
/// A server is asked for all of them at once, first for their sessions, then for what they read. One by one, a quarter of
/// the processor time goes into waking one process after the other.
package final class RequestGroup {
    private let api: API
    private let store: Store
    private var requests: [(routed: RoutedRequest, request: Request)] = []
    /// How many were added, with those that were refused at once.
    private var added = 0

    /// So many at most wait for each other.
    private static let most = 16

    /// - Parameter store: the worker's own reader.
    package init(_ api: API, _ store: Store) {
        self.api = api
        self.store = store
    }

    /// Adds a request, unless it is refused at once.
    /// - Returns: whether others may join before `serve`: none behind one that may last.
    package func add(_ request: Request, _ answer: @escaping API.Answer) -> Bool {
        added += 1
        let routed = api.route(request, answer)
        if let routed { requests.append((routed, request)) }
        return store.sharesRoundTrips && routed?.isQuick != false && added < Self.most
    }

    /// Answers those that were added, or hands them over to the threads that will.
    package func serve() {
        defer {
            requests.removeAll(keepingCapacity: true)
            added = 0
        }
        guard requests.count > 1 else {
            if let (routed, request) = requests.first, let active = api.activate(routed, request, store) {
                api.begin(active, store)
            }
            return
        }
        var others: [ActiveRequest] = []
        store.sharing {
            for (routed, _) in requests where routed.needsSession {
                if let session = routed.session { store.sessions.announce(session) }
            }
            var reads: [ActiveRequest] = []
            for var active in requests.compactMap({ api.activate($0.routed, $0.request, store) }) {
                if active.request.route.announcesAll {
                    active.request.announce(on: store)
                    active.isAnnounced = true
                    reads.append(active)
                } else if active.request.route.changes, !active.request.needsAdmission {
                    // Handed over without asking the server.
                    api.begin(active, store)
                } else {
                    others.append(active)
                }
            }
            for active in reads { api.begin(active, store) }
        }
        // These are admitted in snapshots of their own, or the last one, which may take long.
        for active in others { api.begin(active, store) }
    }
}

extension RoutedRequest {
    /// Whether others may wait until a worker is done with it.
    fileprivate var isQuick: Bool { route.changes || route.announcesAll }
}
