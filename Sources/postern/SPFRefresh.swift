import DNS
import Glibc
import Mail
import Settings

/// `postern spf-refresh`: finds the servers of the whitelisted SPF domains and keeps their rows.
enum SPFRefresh: Command {
    static let name = "spf-refresh"
    static let summary = "Looks up the servers of whitelisted SPF domains, which greylisting lets pass."
    static let options = [Option.state, .settings, once, dns, resolver, domain, dryRun]
    static let notes = """
        Without --once it stays, and looks again after SPF_REFRESH_INTERVAL and up to five minutes more; it ends at once
        when another one is at work as it starts.
        A domain for which the DNS gives no answer keeps the servers it had.
        While the server runs it does the writing; otherwise this command is the writer itself, for the moment of it.
        Exit status 0 when every domain was resolved, 1 when some were not, 2 for everything else.
        """

    private static let once = Option(name: "--once", value: nil, meaning: "Ends after one run.")
    private static let dns = Option(
        name: "--dns", value: "HOST[:PORT]",
        meaning: "The name server to ask, an IP address; may be repeated (default SPF_DNS_SERVERS).")
    private static let resolver = Option(name: "--resolver", value: "HOST:PORT", meaning: "The same as --dns.")
    private static let domain = Option(
        name: "--domain", value: "NAME", meaning: "Only this one of the listed domains; nothing else is touched.")
    private static let dryRun = Option(
        name: "--dry-run", value: nil, meaning: "Prints domain and server of each row there would be; writes nothing.")

    /// Unit: seconds. So that many machines do not ask at the same moment.
    private static let delay = 0...300

    static func run(_ arguments: Arguments) throws {
        let servers = try (arguments.all(dns) + arguments.all(resolver)).map { text in
            guard let server = ServerAddress(text, usualPort: Resolver.port) else {
                throw UsageError(reason: "\(text) is no name server; write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53")
            }
            return server
        }
        let only = try arguments[domain].map { text in
            guard let name = SPFDomain(text) else { throw UsageError(reason: "\(text) is no domain name") }
            return name
        }
        /// The settings of the moment, so that one that stays follows them.
        func refresh() throws -> Settings {
            let settings = try LoadedSettings(arguments).settings
            let resolver = Resolver(
                servers: servers.isEmpty ? settings[Settings.spfServers] : servers,
                timeout: .seconds(settings[Settings.spfQueryTimeout]))
            let run = SPFRun(
                arguments, names: ResolvedNames(resolver: resolver),
                lookupLimit: settings[Settings.spfLookupLimit], only: only, isDry: arguments.has(dryRun))
            try run.perform()
            return settings
        }
        if arguments.has(once) || arguments.has(dryRun) {
            _ = try refresh()
        } else {
            try stay(refresh)
        }
    }

    /// Runs for ever: what goes wrong is said, and may be well the next time.
    ///
    /// - Throws: `Locked` when another one is at work at the first run: one that stays is enough.
    private static func stay(_ refresh: () throws -> Settings) throws -> Never {
        var interval = Settings.spfRefreshInterval.fallback
        var isFirst = true
        while true {
            do {
                interval = try refresh()[Settings.spfRefreshInterval]
            } catch let error as StateDirectory.Locked where isFirst {
                throw error
            } catch let error as ExitError {
                Postern.report("\(name): \(error.reason)")
            } catch {
                Postern.report("\(name): \(error)")
            }
            isFirst = false
            sleep(UInt32(interval * 60 + Int.random(in: delay)))
        }
    }

    static func exitStatus(after error: any Error, usual: ExitCode) -> Int32 {
        error is SPFRun.SomeFailed ? 1 : 2
    }
}
