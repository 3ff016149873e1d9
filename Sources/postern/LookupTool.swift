import DNS
import Glibc
import Mail
import Settings

/// A command that reads the DNS for the server, once or again and again: `spf-refresh` and `verify-domains`.
///
/// It may run as a user who has the network, the server's socket and nothing else; see postern-spf-refresh.service.
protocol LookupTool: Command {
    /// Unit: seconds. Those of both together, and a minute for the last name of each, are less than the unit's
    /// TimeoutStartSec.
    static var usualTimeLimit: Int { get }
    /// Finds mistakes of the command line before anything is done.
    static func check(_ arguments: Arguments) throws
    /// One run.
    static func perform(_ arguments: Arguments, _ lookup: Lookup) throws
    /// Whether it is to run a single time.
    static func isOnce(_ arguments: Arguments) -> Bool
}

/// What one run is given.
struct Lookup {
    let settings: Settings
    let timeLimit: Duration
    private let resolver: Resolver
    private let nameLimit: Duration

    /// A name server that always answers a moment before it would be given up must not have all the time.
    private static let longestForAName = 60

    fileprivate init(_ settings: Settings, servers: [ServerAddress], timeLimit: Int) {
        self.settings = settings
        self.timeLimit = .seconds(timeLimit)
        let timeout = settings[Settings.spfQueryTimeout]
        resolver = Resolver(
            servers: servers.isEmpty ? settings[Settings.spfServers] : servers, timeout: .seconds(timeout))
        nameLimit = .seconds(min(10 * timeout, Self.longestForAName))
    }

    /// Asks about one name and what belongs to it, from now on.
    var resolverForAName: Resolver { resolver.until(.now + nameLimit) }
}

/// The run is done, without some of the names.
struct SomeUnanswered: Error, CustomStringConvertible {
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
        meaning: "After so long no further name is asked; the next run goes on there.")
    static let serverSocket = Option(
        name: "--socket", value: "PATH", meaning: "Has the server there do the writing, and nobody else.")
}

extension LookupTool {
    /// What `--help` says of them all.
    static var sharedNotes: String {
        """
        Without --once it stays, and looks again after SPF_REFRESH_INTERVAL and up to five minutes more; it ends at once
        when another one is at work as it starts. After \(usualTimeLimit) seconds no further name is asked.
        While the server runs it does the writing; otherwise this command is the writer itself, for the moment of it.
        A user who may not read the state is never the writer: he asks on --socket, or on \(Serve.usualSocket).
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
        /// The settings of the moment, so that one that stays follows them.
        func once() throws -> Settings {
            // Not what they point to: the secret of the gate is not for this user.
            let settings = try LoadedSettings.settings(arguments)
            try perform(arguments, Lookup(settings, servers: servers, timeLimit: timeLimit ?? usualTimeLimit))
            return settings
        }
        if isOnce(arguments) { _ = try once() } else { try stay(once) }
    }

    /// Runs for ever: what goes wrong is said, and may be well the next time.
    ///
    /// - Throws: `Locked` when another one is at work at the first run: one that stays is enough.
    private static func stay(_ once: () throws -> Settings) throws -> Never {
        var interval = Settings.spfRefreshInterval.fallback
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
        error is SomeUnanswered ? 1 : 2
    }
}

/// In which order a run takes up names: all of them, beginning behind the one at which the last run stopped.
struct Turns {
    let all: [String]
    /// How many of them stand behind the last run's, before it begins from the front.
    let behind: Int

    /// - Parameters:
    ///   - names: in the order of their bytes.
    ///   - last: it need not be among them any more; nil or empty begins from the front.
    init(_ names: [String], after last: String?) {
        let next = names.firstIndex { name in
            guard let last, !last.isEmpty else { return true }
            return last.utf8.lexicographicallyPrecedes(name.utf8)
        }
        let start = next ?? 0
        all = Array(names[start...] + names[..<start])
        behind = start == 0 ? 0 : names.count - start
    }
}
