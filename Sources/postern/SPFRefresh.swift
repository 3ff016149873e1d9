import Mail

/// `postern spf-refresh`: finds the servers of the whitelisted SPF domains and writes their rows. Source: `Contract.md`
/// 16.2.
enum SPFRefresh: LookupTool {
    static let name = "spf-refresh"
    static let summary = "Looks up the servers of whitelisted SPF domains, which greylisting lets pass."
    static let options = [
        Option.state, .settings, .once, .dns, .resolver, domain, dryRun, .timeLimit, .serverSocket,
    ]
    static let defaultTimeLimit = 540
    static var notes: String {
        """
        \(sharedNotes)
        Each domain's rows are written as soon as it is resolved. One for which the DNS gives no answer, or that takes
        over ten times SPF_QUERY_TIMEOUT (a minute at most), keeps the servers it had.
        Exit status 0 when every domain was resolved, 1 when some were not, 2 for everything else.
        """
    }

    private static let domain = Option(
        name: "--domain", value: "NAME", meaning: "Only this one of the listed domains; nothing else is touched.")
    private static let dryRun = Option(
        name: "--dry-run", value: nil,
        meaning: "Prints domain and server of each row that would be written; writes nothing.")

    static func check(_ arguments: Arguments) throws { _ = try only(arguments) }

    /// The one domain to look at; nil for all.
    private static func only(_ arguments: Arguments) throws -> SPFDomain? {
        try arguments[domain].map { text in
            guard let name = SPFDomain(text) else { throw UsageError(reason: "\(text) is no domain name") }
            return name
        }
    }

    static func isOnce(_ arguments: Arguments) -> Bool { arguments.has(.once) || arguments.has(dryRun) }

    static func perform(_ arguments: Arguments, _ lookup: Lookup) throws {
        try SPFRun(arguments, lookup, only: only(arguments), isDryRun: arguments.has(dryRun)).perform()
    }
}
