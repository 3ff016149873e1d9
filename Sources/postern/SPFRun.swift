import Gateway
import Glibc
import Mail
import SPF

/// One run of `postern spf-refresh` over the listed domains: everything is resolved first, then written.
struct SPFRun {
    private let arguments: Arguments
    private let names: ResolvedNames
    private let lookupLimit: Int
    private let only: SPFDomain?
    private let isDry: Bool

    /// The run is done, without some of the domains.
    struct SomeFailed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - only: the one domain to look at; nil for all that are listed.
    ///   - isDry: prints what the rows would be instead of writing them.
    init(_ arguments: Arguments, names: ResolvedNames, lookupLimit: Int, only: SPFDomain?, isDry: Bool) {
        self.arguments = arguments
        self.names = names
        self.lookupLimit = lookupLimit
        self.only = only
        self.isDry = isDry
    }

    /// - Throws: `SomeFailed` after a run that could not resolve every domain, `Locked` while another one runs.
    func perform() throws {
        let state = StateDirectory(arguments)
        try state.requireFiles()
        let lock = isDry ? nil : try state.lock(.spfRefresh)
        defer { withExtendedLifetime(lock) {} }
        let results = resolve(try listedDomains())
        var summary = SPFSummary()
        if isDry {
            print(results, &summary)
        } else {
            let channel = PatientChannel(arguments)
            for (name, result) in results { try write(name, result, over: channel, &summary) }
            if only == nil {
                summary.removed += try channel.ask(Removal.self, .delete, "/postern/spf_senders").removed
            }
        }
        guard summary.failed == 0 else { throw SomeFailed(description: "\(summary)") }
        Postern.report("\(SPFRefresh.name): \(summary)")
    }

    private func listedDomains() throws -> [String] {
        // A channel of its own: none is open while the DNS is asked.
        let all = try PatientChannel(arguments).ask([String].self, .get, "/postern/spf_domains")
        guard let only else { return all }
        guard all.contains(only.text) else { throw ExitError("\(only) is not listed") }
        return [only.text]
    }

    private func resolve(_ domains: [String]) -> [(name: String, result: SPFSenders)] {
        domains.enumerated().map { index, name in
            Postern.progress(index + 1, of: domains.count)
            // Other programs list domains too.
            guard let domain = SPFDomain(name), domain.text == name else {
                return (name, .failed("it is no domain name"))
            }
            return (name, SPFEvaluation.senders(of: domain, names, lookupLimit: lookupLimit))
        }
    }

    private func write(
        _ name: String, _ result: SPFSenders, over channel: PatientChannel, _ summary: inout SPFSummary
    ) throws {
        guard !result.isFailed else {
            summary.count(result)
            return Postern.report("\(name): \(result.line); what it had stays")
        }
        do {
            let change = try channel.ask(
                Replacement.self, .put, "/postern/spf_senders",
                [("domain", name), ("senders", result.senders.joined(separator: ","))])
            summary.count(result)
            summary.added += change.added
            summary.takenOver += change.taken_over
            summary.removed += change.removed
            Postern.report(
                "\(name): \(result.line); \(change.added) added, \(change.taken_over) taken over, \(change.removed) removed")
        } catch let refusal as OperatorChannel.Refusal where refusal.word == "NO_SUCH_ACCOUNT" {
            Postern.report("\(name): skipped: it is no longer listed")
        }
    }

    /// Each sender once, with the domain that would own its row.
    private func print(_ results: [(name: String, result: SPFSenders)], _ summary: inout SPFSummary) {
        var seen: Set<String> = []
        for (name, result) in results {
            summary.count(result)
            Postern.report("\(name): \(result.line)")
            for sender in result.senders where seen.insert(sender).inserted { Postern.say("\(name)\t\(sender)") }
        }
    }

    /// As `PUT /postern/spf_senders` answers.
    private struct Replacement: Decodable {
        let added: Int
        let taken_over: Int
        let removed: Int
    }

    /// As `DELETE /postern/spf_senders` answers.
    private struct Removal: Decodable { let removed: Int }
}
