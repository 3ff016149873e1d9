import API
import Gateway
import Glibc
import Mail
import Settings
import SPF
import Synchronization
import Threads

/// `postern spf-refresh --asked`: looks up the listed domains that the server names on standard input, and answers for
/// each as soon as it is done. The other end is `LookupClient`.
///
/// It takes no lock: a domain is written by itself, as by a run that begins there.
struct SPFAskedRun {
    private let arguments: Arguments
    private let lookup: Lookup

    /// Less than the server waits.
    static let longest = Duration.seconds(15)
    /// How many domains are looked up at a time, so that silent name servers of one leave time for the others.
    private static let threads = 8
    /// As many as one request can name.
    private static let mostNames = 1000

    init(_ arguments: Arguments, _ lookup: Lookup) {
        self.arguments = arguments
        self.lookup = lookup
    }

    /// - Throws: `IncompleteRun` when some domain was not resolved.
    func perform() throws {
        let end = ContinuousClock.now + min(lookup.timeLimit, Self.longest)
        let names = Self.names()
        let listed = Set(try channel().ask([String].self, .get, "/postern/spf_domains"))
        let waiting = Queue<SPFDomain>()
        for name in names { _ = waiting.put(name) }
        waiting.close()
        let failed = Mutex(0)
        let output = Mutex(())
        let threads = try (0..<min(Self.threads, names.count)).map { number in
            try WorkerThread(named: "look-up \(number)") {
                while let name = waiting.take(atMost: 1).first {
                    let outcome = outcome(of: name, isListed: listed.contains(name.text), until: end)
                    if outcome.status == .failed || outcome.status == .pending { failed.withLock { $0 += 1 } }
                    output.withLock { _ in
                        Postern.say(outcome.line)
                        // The server may stop waiting at any moment.
                        fflush(nil)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        let count = failed.withLock(\.self)
        guard count == 0 else { throw IncompleteRun(description: "\(count) of \(names.count) domains not resolved") }
    }

    /// What standard input names, a line each; what is no domain is passed over.
    private static func names() -> [SPFDomain] {
        var seen: Set<SPFDomain> = []
        var names: [SPFDomain] = []
        while names.count < mostNames, let line = readLine() {
            if let name = SPFDomain(line), seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    /// Only the running server writes, because it has asked.
    private func channel() throws -> OperatorChannel {
        try OperatorChannel(arguments, needsServer: true, mayLackStateAccess: true)
    }

    private func outcome(
        of domain: SPFDomain, isListed: Bool, until end: ContinuousClock.Instant
    ) -> SPFLookups.Outcome {
        guard isListed else { return .init(domain, .pending, "It is not listed.") }
        guard ContinuousClock.now < end else { return .init(domain, .pending, "The time was over before its turn.") }
        let result = SPFEvaluation.senders(
            of: domain, DNSNameService(resolver: lookup.resolverForAName(before: end)),
            lookupLimit: lookup.settings[Settings.spfLookupLimit])
        if result.isFailed {
            Postern.report("\(domain): \(result.line); its rows stay")
            return .init(domain, result)
        }
        do {
            let change = try channel().ask(
                SPFSummary.Change.self, .put, "/postern/spf_senders",
                [("domain", domain.text), ("senders", result.senders.joined(separator: ","))])
            Postern.report("\(domain): \(result.line); \(change)")
            return .init(domain, result)
        } catch {
            Postern.report("\(domain): not written: \(error)")
            return .init(domain, .pending, "What was found could not be written.")
        }
    }
}
