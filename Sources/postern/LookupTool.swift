import DNS
import Glibc
import Mail
import Settings

/// A command that asks the DNS for the server, once or repeatedly: `spf-refresh` and `verify-domains`.
///
/// It may run as a user who may use the network and the server's socket and nothing else: `Security.md` 4.
protocol LookupTool: Command {
    /// Unit: seconds. postern-spf-refresh.service runs both commands: their limits, and a minute for the last name of
    /// each, must together be less than its TimeoutStartSec.
    static var defaultTimeLimit: Int { get }
    /// - Throws: for a mistake in the command line, before anything is done.
    static func check(_ arguments: Arguments) throws
    /// One run.
    static func perform(_ arguments: Arguments, _ lookup: Lookup) throws
    /// Whether the command ends after one run.
    static func isOnce(_ arguments: Arguments) -> Bool
}

/// What one run needs for asking the DNS.
struct Lookup {
    let settings: Settings
    let timeLimit: Duration
    private let resolver: Resolver
    private let nameLimit: Duration

    /// Unit: seconds. A name server that answers every question just before its time-out must not use up the whole run.
    private static let longestForAName = 60

    fileprivate init(_ settings: Settings, servers: [ServerAddress], timeLimit: Int) {
        self.settings = settings
        self.timeLimit = .seconds(timeLimit)
        let timeout = settings[Settings.spfQueryTimeout]
        resolver = Resolver(
            servers: servers.isEmpty ? settings[Settings.spfServers] : servers, timeout: .seconds(timeout))
        nameLimit = .seconds(min(10 * timeout, Self.longestForAName))
    }

    /// For one name and the names that its records lead to. The time for all of them begins now.
    var resolverForAName: Resolver { resolver.until(.now + nameLimit) }

    /// The same, but not longer than until `end`.
    func resolverForAName(before end: ContinuousClock.Instant) -> Resolver {
        resolver.until(min(.now + nameLimit, end))
    }
}

/// The run has ended, with some names unanswered.
struct IncompleteRun: Error, CustomStringConvertible {
    let description: String
}

extension Option {
    static let once = Option(name: "--once", value: nil, meaning: "Ends after one run.")
    static let dns = Option(
        name: "--dns", value: "HOST[:PORT]",
        meaning: "The name server to ask, an IP address; may be repeated (default SPF_DNS_SERVERS).")
    static let resolver = Option(name: "--resolver", value: "HOST:PORT", meaning: "The same as --dns.")
    static let timeLimit = Option(
        name: "--time-limit", value: "SECONDS",
        meaning: "After so long no further name is asked; the next run continues there.")
    static let serverSocket = Option(
        name: "--socket", value: "PATH", meaning: "The server's socket; only that server writes.")
}

extension LookupTool {
    /// What `--help` says of both commands.
    static var sharedNotes: String {
        """
        Without --once the command keeps running, and repeats the look-ups after SPF_REFRESH_INTERVAL and up to five
        minutes more. It ends at once if another process of the same command runs.
        After \(defaultTimeLimit) seconds no further name is asked.
        While the server runs, it writes the results; otherwise this command does. A user who may not read the state never
        writes: the results go to the server at --socket, or at \(Serve.defaultSocket).
        """
    }

    static func check(_ arguments: Arguments) throws {}

    static func isOnce(_ arguments: Arguments) -> Bool { arguments.has(.once) }

    static func run(_ arguments: Arguments) throws {
        let servers = try (arguments.all(.dns) + arguments.all(.resolver)).map { text in
            guard let server = ServerAddress(text, usualPort: Resolver.port) else {
                throw UsageError(reason: "\(text) is no name server; write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53")
            }
            return server
        }
        let timeLimit = try arguments[.timeLimit].map { text in
            guard let seconds = Int(text), (1...86_400).contains(seconds) else {
                throw UsageError(reason: "--time-limit: \(text) is no number of seconds from 1 to 86400")
            }
            return seconds
        }
        try check(arguments)
        /// One run, with the settings as they are now: a command that stays follows their changes.
        func once() throws -> Settings {
            // The file alone: this user may not read the gate secret.
            let settings = try LoadedSettings.settings(arguments)
            try perform(arguments, Lookup(settings, servers: servers, timeLimit: timeLimit ?? defaultTimeLimit))
            return settings
        }
        if isOnce(arguments) { _ = try once() } else { try stay(once) }
    }

    /// Runs again and again. The error of a run is reported, and the next run tries again.
    ///
    /// - Throws: `Locked` when another process has the lock at the first run, because one that stays is enough.
    private static func stay(_ once: () throws -> Settings) throws -> Never {
        var interval = Settings.spfRefreshInterval.defaultValue
        var isFirst = true
        while true {
            do {
                interval = try once()[Settings.spfRefreshInterval]
            } catch let error as StateDirectory.Locked where isFirst {
                throw error
            } catch let error as ExitError {
                Postern.report("\(name): \(error.reason)")
            } catch {
                Postern.report("\(name): \(error)")
            }
            isFirst = false
            // Up to five minutes more, so that many machines do not ask at the same moment.
            sleep(UInt32(interval * 60 + Int.random(in: 0...300)))
        }
    }

    static func exitStatus(after error: any Error, usual: ExitCode) -> Int32 {
        error is IncompleteRun ? 1 : 2
    }
}

/// The order of the names in a run: all of them, beginning after the one at which the last run stopped.
struct RunOrder {
    let all: [String]
    /// How many names come before the order goes on from the front; 0 when it begins there.
    let countBeforeWrap: Int

    /// - Parameters:
    ///   - names: in the order of their bytes.
    ///   - last: where the last run stopped; it need not be in `names` any more. Nil or empty begins from the front.
    init(_ names: [String], after last: String?) {
        let next = names.firstIndex { name in
            guard let last, !last.isEmpty else { return true }
            return last.utf8.lexicographicallyPrecedes(name.utf8)
        }
        let start = next ?? 0
        all = Array(names[start...] + names[..<start])
        countBeforeWrap = start == 0 ? 0 : names.count - start
    }
}
