import API
import FastCGI
import Glibc
import MailStore
import PasswordHash
import Synchronization
import Threads

/// The figures of the running service that `GET /api/metrics` and `postern status` show, but for those of routes.
final class ServiceGauges: Sendable {
    private let state: StateDirectory
    private let standby: Standby?
    private let writer: Writer
    private let pool: HashPool
    private let delays: DelayedTasks
    private let log: RequestLog?
    private let responder = Mutex<Responder?>(nil)

    /// - Parameter standby: nil when there is none.
    init(
        state: StateDirectory, standby: Standby?, writer: Writer, pool: HashPool, delays: DelayedTasks,
        log: RequestLog?
    ) {
        self.state = state
        self.standby = standby
        self.writer = writer
        self.pool = pool
        self.delays = delays
        self.log = log
    }

    func observe(_ responder: Responder) { self.responder.withLock { $0 = responder } }

    var all: [Gauge] { connections + queues + standbys + sizes }

    private var connections: [Gauge] {
        guard let now = responder.withLock({ $0?.statistics }) else { return [] }
        return [
            Gauge("postern_connections_waiting", "Connections that wait for a request.", now.waiting),
            Gauge("postern_connections_in_hand", "Connections whose request is being served.", now.inHand),
            Gauge("postern_connections_accepted_total", "Connections accepted.", now.connections),
            Gauge(
                "postern_connections_refused_total", "Connections refused because of the peer's user.", now.refusedPeers
            ),
            Gauge(
                "postern_connections_malformed_total", "Connections dropped because of malformed FastCGI.",
                now.malformed),
            Gauge(
                "postern_connections_timed_out_total", "Connections whose request did not arrive in time.", now.timeouts
            ),
            Gauge("postern_connections_evicted_total", "Connections dropped to make room for others.", now.evicted),
            Gauge("postern_answers_aborted_total", "Answers that were cut short.", now.aborted),
            Gauge("postern_accept_pauses_total", "Pauses for want of descriptors or memory.", now.acceptPauses),
        ]
    }

    private var queues: [Gauge] {
        let written = writer.statistics
        return [
            Gauge("postern_writer_queue", "Changes that wait for the writer.", writer.waiting),
            Gauge("postern_writer_changes_total", "Changes taken by the writer.", written.jobs),
            Gauge("postern_writer_groups_total", "Groups of changes that shared a commit.", written.groups),
            Gauge("postern_writer_largest_group", "Changes in the largest group.", written.largestGroup),
            Gauge("postern_hash_queue", "Passwords that wait to be hashed or checked.", pool.waiting),
            Gauge("postern_login_queue", "Logins that are delayed after wrong passwords.", delays.count),
            Gauge("postern_log_lines_lost_total", "Lines of the request log that were dropped.", log?.lost ?? 0),
        ]
    }

    private var standbys: [Gauge] {
        guard let now = standby?.statistics else { return [] }
        return [
            Gauge("postern_standby_in_use", "Whether the standby is read: 1, or 0.", now.isInUse ? 1 : 0),
            Gauge("postern_standby_reads_total", "Requests answered from the standby.", now.reads),
            Gauge(
                "postern_standby_misses_total", "Requests answered from the primary in place of the standby.",
                now.misses),
        ]
    }

    private var sizes: [Gauge] {
        state.files.map { file in
            var status = stat()
            let isPresent = stat(state.path(of: file), &status) == 0
            return Gauge(
                "postern_database_\(file.rawValue)_bytes", "Size of \(file.relativePath).",
                isPresent ? Int(status.st_size) : 0)
        }
    }
}
