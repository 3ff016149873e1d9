import Gateway
import Mail
import Settings
import SPF

/// One run of `postern spf-refresh`: the listed domains are resolved and written one after the other.
///
/// It begins after the domain at which the last run stopped, so that name servers that do not answer cannot use up the
/// time of the same domains in each run.
struct SPFRun {
    private let arguments: Arguments
    private let lookup: Lookup
    private let only: SPFDomain?
    private let isDryRun: Bool

    /// - Parameters:
    ///   - only: the one domain to look at; nil for all that are listed.
    ///   - isDryRun: prints what the rows would be instead of writing them.
    init(_ arguments: Arguments, _ lookup: Lookup, only: SPFDomain?, isDryRun: Bool) {
        self.arguments = arguments
        self.lookup = lookup
        self.only = only
        self.isDryRun = isDryRun
    }

    /// - Throws: `IncompleteRun` after a run that could not resolve every domain, `Locked` while another one runs.
    func perform() throws {
        let state = try StateDirectory(arguments)
        let lock = isDryRun ? nil : try state.takeLookupLock(.spfRefresh, arguments)
        let end = ContinuousClock.now + lookup.timeLimit
        let isWhole = only == nil && !isDryRun
        let order = RunOrder(try listedDomains(), after: isWhole ? lock?.note : nil)
        var summary = SPFSummary()
        var results: [(name: String, result: SPFSenders)] = []
        var removedByEarlier = 0
        for (index, name) in order.all.enumerated() {
            // The first domain is resolved in any case, so that each run gets further.
            guard index == 0 || ContinuousClock.now < end else {
                summary.left = order.all.count - index
                break
            }
            // Noted before it is resolved: if this domain ends the program, the next run begins after it.
            if isWhole { lock?.note = name }
            Postern.progress(index + 1, of: order.all.count)
            let result = resolve(name)
            results.append((name, result))
            guard !isDryRun else { continue }
            let removed = try write(name, result, &summary)
            if index >= order.countBeforeWrap { removedByEarlier += removed }
        }
        if isDryRun {
            print(results, &summary)
        } else if isWhole {
            if summary.left == 0 {
                // The run began in the middle. A sender that a domain from the front has lost may belong to a domain
                // that was written before it.
                if removedByEarlier > 0 { try rewriteEarlier(results.prefix(order.countBeforeWrap), &summary) }
                lock?.note = ""
            }
            summary.removed += try RetryingChannel(arguments).ask(Removal.self, .delete, "/postern/spf_senders").removed
        }
        withExtendedLifetime(lock) {}
        guard summary.failed + summary.left == 0 else { throw IncompleteRun(description: "\(summary)") }
        Postern.report("\(SPFRefresh.name): \(summary)")
    }

    private func listedDomains() throws -> [String] {
        // Each request has a channel of its own, so that none is open, and maybe the writer, while the DNS is asked.
        let all = try RetryingChannel(arguments).ask([String].self, .get, "/postern/spf_domains")
        guard let only else { return all }
        guard all.contains(only.text) else { throw ExitError("\(only) is not listed") }
        return [only.text]
    }

    private func resolve(_ name: String) -> SPFSenders {
        // Other programs write the list too.
        guard let domain = SPFDomain(name), domain.text == name else { return .failed("it is no domain name") }
        return SPFEvaluation.senders(
            of: domain, DNSNameService(resolver: lookup.resolverForAName),
            lookupLimit: lookup.settings[Settings.spfLookupLimit])
    }

    /// - Returns: how many rows were removed.
    private func write(_ name: String, _ result: SPFSenders, _ summary: inout SPFSummary) throws -> Int {
        guard !result.isFailed else {
            summary.count(result)
            Postern.report("\(name): \(result.line); its rows stay")
            return 0
        }
        guard let change = try replace(name, result) else {
            Postern.report("\(name): skipped: it is no longer listed")
            return 0
        }
        summary.count(result)
        summary.add(change)
        Postern.report("\(name): \(result.line); \(change)")
        return change.removed
    }

    /// Writes results once more, so that each sender's row has the first of its domains in alphabetical order.
    private func rewriteEarlier(
        _ results: ArraySlice<(name: String, result: SPFSenders)>, _ summary: inout SPFSummary
    ) throws {
        for (name, result) in results where !result.isFailed {
            if let change = try replace(name, result) { summary.add(change) }
        }
    }

    /// - Returns: nil for a domain that is no longer listed.
    private func replace(_ name: String, _ result: SPFSenders) throws -> SPFSummary.Change? {
        do {
            return try RetryingChannel(arguments).ask(
                SPFSummary.Change.self, .put, "/postern/spf_senders",
                [("domain", name), ("senders", result.senders.joined(separator: ","))])
        } catch let refusal as OperatorChannel.Refusal where refusal.word == "NO_SUCH_ACCOUNT" {
            return nil
        }
    }

    /// Prints each sender once, with the domain that its row would have.
    private func print(_ results: [(name: String, result: SPFSenders)], _ summary: inout SPFSummary) {
        var seen: Set<String> = []
        for (name, result) in results {
            summary.count(result)
            Postern.report("\(name): \(result.line)")
            for sender in result.senders where seen.insert(sender).inserted { Postern.say("\(name)\t\(sender)") }
        }
    }

    /// The answer of `DELETE /postern/spf_senders`.
    private struct Removal: Decodable { let removed: Int }
}
