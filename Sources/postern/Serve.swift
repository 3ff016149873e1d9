import API
import FastCGI
import Foundation
import Gateway
import Mail
import MailStore
import PasswordHash
import SQLite
import Synchronization
import Threads

/// `postern serve`: answers the web server until it is told to stop.
enum Serve: Command {
    static let name = "serve"
    static let summary = "Serves the API over FastCGI."
    static let options = [Option.state, .settings, socket, listen]
    static let notes = """
        Without --socket and --listen, the socket comes from systemd (postern.socket).
        SIGHUP reads the settings again; a file that cannot be read leaves the old ones in force.
        SIGTERM and SIGINT stop within five seconds; what is in hand is finished first.
        """

    private static let socket = Option(
        name: "--socket", value: "PATH", meaning: "Makes a local socket there, mode 0660.")
    private static let listen = Option(
        name: "--listen", value: "127.0.0.1:PORT", meaning: "Listens on a loopback address instead.")

    /// Where systemd listens for us.
    private static let usualSocket = "/run/postern/postern.sock"

    /// Between two rounds of housekeeping, in seconds.
    private static let day = 86_400

    /// How long what is in hand may take after SIGTERM.
    private static let stopLimit = Duration.milliseconds(4500)

    static func run(_ arguments: Arguments) throws {
        if arguments.has(socket), arguments.has(listen) {
            throw UsageError(reason: "--socket and --listen exclude each other")
        }
        // Blocked before any thread starts, so that only the wait below ever sees them.
        let signals = SignalWait([SIGTERM, SIGINT, SIGHUP])
        umask(0o027)
        let loaded = try LoadedSettings(arguments)
        for warning in loaded.warnings { Postern.report(warning) }
        let state = StateDirectory(arguments)
        let lock = try state.prepare()
        defer { withExtendedLifetime(lock) {} }
        let service = try Service(state, loaded)
        let responder = try service.start(on: listener(arguments))
        state.serverSocket = arguments[socket] ?? (arguments[listen] == nil ? usualSocket : nil)
        Postern.report("ready: \(API.routes.count) routes, state \(state.path)")
        service.tidyUp()
        while true {
            switch signals.next(within: day) {
            case SIGHUP: service.reload(arguments)
            case nil: service.tidyUp()
            default:
                Postern.report("stopping")
                guard service.stop(responder, within: stopLimit) else {
                    throw ExitError("requests were still in hand after the time for stopping; they are cut off")
                }
                return
            }
        }
    }

    private static func listener(_ arguments: Arguments) throws -> ListeningSocket {
        if let path = arguments[socket] { return try .unix(path) }
        if let address = arguments[listen] {
            Postern.report("listening on TCP: every process of this machine may claim any client address")
            return try .tcp(address)
        }
        if let socket = try ListeningSocket.fromSystemd() { return socket }
        throw UsageError(reason: "no socket: systemd gave none, and neither --socket nor --listen was given")
    }
}

/// Signals that are waited for instead of interrupting.
private struct SignalWait {
    private var set = sigset_t()

    /// Blocks them for this thread and all it starts.
    init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next signal; nil when the time is over without one.
    func next(within seconds: Int) -> Int32? {
        var signals = set
        var limit = timespec(tv_sec: seconds, tv_nsec: 0)
        while true {
            let signal = sigtimedwait(&signals, nil, &limit)
            if signal > 0 { return signal }
            if errno == EAGAIN { return nil }
        }
    }
}
