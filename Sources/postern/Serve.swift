import API
import FastCGI
import Glibc

/// `postern serve`: answers the web server until a signal stops it.
enum Serve: Command {
    static let name = "serve"
    static let summary = "Serves the API over FastCGI."
    static let options = [Option.state, .settings, socket, listen]
    static let notes = """
        Without --socket and --listen, the socket comes from systemd (postern.socket).
        SIGHUP reads the settings again; a file that cannot be read leaves the old ones in force.
        SIGUSR1 writes what postern status shows to the log.
        SIGTERM and SIGINT stop within five seconds; requests that have arrived are answered first.
        Started by systemd with Type=notify, it tells when it is ready, reloading and stopping, gives the watchdog its
        signs of life, and leaves kept connections to the process after it (FileDescriptorStoreMax).
        """

    private static let socket = Option(
        name: "--socket", value: "PATH", meaning: "Makes a local socket there, mode 0660.")
    private static let listen = Option(
        name: "--listen", value: "127.0.0.1:PORT", meaning: "Listens on a loopback address instead.")

    /// The socket of `systemd/postern.socket`.
    static let defaultSocket = "/run/postern/postern.sock"

    /// From the start to the first housekeeping: requests that waited during a restart come first.
    private static let firstHousekeeping = Duration.seconds(1)
    /// Between two rounds of housekeeping.
    private static let day = Duration.seconds(86_400)

    /// How long bringing the databases up to date may take at the start.
    private static let updateLimit = Duration.seconds(600)

    /// How long requests that have arrived may take after SIGTERM.
    private static let stopLimit = Duration.milliseconds(4500)

    static func run(_ arguments: Arguments) throws {
        if arguments.has(socket), arguments.has(listen) {
            throw UsageError(reason: "--socket and --listen exclude each other")
        }
        // Blocked before any thread starts: threads inherit this, so only the loop below takes these signals.
        let signals = SignalWait([SIGTERM, SIGINT, SIGHUP, SIGUSR1])
        let manager = ServiceManager.fromEnvironment()
        umask(0o027)
        let loaded = try LoadedSettings(arguments)
        for warning in loaded.warnings { Postern.report(warning) }
        let state = try StateDirectory(arguments)
        manager.extendTimeout(updateLimit)
        let lock = try state.prepare()
        defer { withExtendedLifetime(lock) {} }
        let own = arguments[socket] ?? (arguments[listen] == nil ? defaultSocket : nil)
        let service = try state.asService {
            try Service(state, loaded, lookupSocket: own.map(lookupSocket(beside:)), log: RequestLog())
        }
        let isOwnSocket = arguments.has(socket) || arguments.has(listen)
        let responder: Responder
        do {
            let (listener, kept) = try listener(arguments)
            if !kept.isEmpty { manager.removeStored(named: ListeningSocket.keptName) }
            responder = try state.asService { try service.start(on: listener, adopting: kept) }
        } catch {
            // The threads must have ended before the service is released.
            service.stop()
            throw error
        }
        state.serverSocket = own
        let status = "\(API.routes.count) routes, state \(state.server == nil ? "" : "at ")\(state.name)"
        Postern.report("ready: \(status)")
        manager.ready(status)
        var nextHousekeeping = ContinuousClock.now + firstHousekeeping
        let heartbeat = Heartbeat(of: service, responder, for: manager)
        var logs = WriteAheadLogWatch(state)
        while true {
            heartbeat.beat()
            let untilHousekeeping = max(.zero, nextHousekeeping - .now)
            switch signals.next(within: min(heartbeat.pause ?? day, WriteAheadLogWatch.pause, untilHousekeeping)) {
            case SIGHUP:
                manager.reloading()
                service.reload(arguments)
                manager.ready(status)
            case SIGUSR1:
                for line in service.status?.lines ?? [] { Postern.report(line, .information) }
            case nil:
                for line in logs.look() { Postern.report(line, .warning) }
                service.resume()
                guard ContinuousClock.now >= nextHousekeeping else { continue }
                nextHousekeeping += day
                service.startHousekeeping()
            default:
                Postern.report("stopping")
                manager.stopping()
                // Connections are left to the next process only when systemd keeps the listening socket.
                let keep: (([Int32]) -> Bool)? =
                    isOwnSocket || !manager.isPresent ? nil : { manager.store($0, named: ListeningSocket.keptName) }
                guard service.stop(responder, within: stopLimit, keeping: keep) else {
                    throw ExitError("not all requests were answered in time; the rest is dropped")
                }
                return
            }
        }
    }

    /// The socket of the service that looks domains up at once, `systemd/postern-spf-now.socket` or another one that
    /// lies where it does: beside the server's own.
    private static func lookupSocket(beside own: String) -> String {
        let directory = own.lastIndex(of: "/").map { own[...$0] } ?? ""
        return "\(directory)spf-now.sock"
    }

    private static func listener(_ arguments: Arguments) throws -> (socket: ListeningSocket, kept: [Int32]) {
        if let path = arguments[socket] { return (try .unix(path), []) }
        if let address = arguments[listen] {
            Postern.report("listening on TCP: every process of this machine may claim any client address")
            return (try .tcp(address), [])
        }
        if let given = try ListeningSocket.fromSystemd() { return given }
        throw UsageError(reason: "no socket: systemd gave none, and neither --socket nor --listen was given")
    }
}

/// Signals that sigtimedwait(2) takes, instead of a handler.
private struct SignalWait {
    private var set = sigset_t()

    /// Blocks the signals for this thread and the threads that it starts.
    init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next signal; nil when the time is over without one.
    func next(within limit: Duration) -> Int32? {
        var signals = set
        let (seconds, attoseconds) = limit.components
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        while true {
            let signal = sigtimedwait(&signals, nil, &limit)
            if signal > 0 { return signal }
            if errno == EAGAIN { return nil }
        }
    }
}
