import Mail

/// `postern spf-refresh`: finds the servers of the whitelisted SPF domains and writes their rows. Source: `Contract.md`
/// 16.2.
enum SPFRefresh: LookupTool {
    static let name = "spf-refresh"
    static let summary = "Looks up the servers of whitelisted SPF domains, which greylisting lets pass."
    static let options = [
        Option.state, .settings, .once, .dns, .resolver, domain, dryRun, asked, .timeLimit, .serverSocket,
    ]
    static let defaultTimeLimit = 540
    static var notes: String {
        """
        \(sharedNotes)
        Each domain's rows are written as soon as it is resolved. One for which the DNS gives no answer, or that takes
        over ten times SPF_QUERY_TIMEOUT (a minute at most), keeps the servers it had.
        With --asked it takes 15 seconds at most, and answers each domain with a line: name, outcome, reason, number of
        servers and the first of them, with tabs between. postern-spf-now.socket starts it so for the server.
        Exit status 0 when every domain was resolved, 1 when some were not, 2 for everything else.
        """
    }

    private static let domain = Option(
        name: "--domain", value: "NAME", meaning: "Only this one of the listed domains; nothing else is touched.")
    private static let dryRun = Option(
        name: "--dry-run", value: nil,
        meaning: "Prints domain and server of each row that would be written; writes nothing.")

    private static let asked = Option(
        name: "--asked", value: nil,
        meaning: "Looks up the listed domains that standard input names, a line each; ends then.")

    static func check(_ arguments: Arguments) throws {
        _ = try only(arguments)
        if arguments.has(asked), arguments.has(domain) || arguments.has(dryRun) {
            throw UsageError(reason: "--asked excludes --domain and --dry-run")
        }
    }

    /// The one domain to look at; nil for all.
    private static func only(_ arguments: Arguments) throws -> SPFDomain? {
        try arguments[domain].map { text in
            guard let name = SPFDomain(text) else { throw UsageError(reason: "\(text) is no domain name") }
            return name
        }
    }

    static func isOnce(_ arguments: Arguments) -> Bool {
        arguments.has(.once) || arguments.has(dryRun) || arguments.has(asked)
    }

    static func perform(_ arguments: Arguments, _ lookup: Lookup) throws {
        if arguments.has(asked) { return try SPFAskedRun(arguments, lookup).perform() }
        try SPFRun(arguments, lookup, only: only(arguments), isDryRun: arguments.has(dryRun)).perform()
    }
}
