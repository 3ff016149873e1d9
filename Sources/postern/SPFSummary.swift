import SPF

/// The counts of one run of `postern spf-refresh`.
struct SPFSummary: CustomStringConvertible {
    private var ok = 0
    private var partial = 0
    private(set) var failed = 0
    private var added = 0
    private var reassigned = 0
    var removed = 0
    /// Domains that were not looked up, because the time was over.
    var left = 0

    /// The answer of `PUT /postern/spf_senders`: what was changed in the rows of one domain.
    struct Change: Decodable, CustomStringConvertible {
        let added: Int
        let taken_over: Int
        let removed: Int
        var description: String { "\(added) added, \(taken_over) taken over, \(removed) removed" }
    }

    mutating func add(_ change: Change) {
        added += change.added
        reassigned += change.taken_over
        removed += change.removed
    }

    mutating func count(_ result: SPFSenders) {
        switch result.outcome {
        case .ok: ok += 1
        case .partial: partial += 1
        case .failed: failed += 1
        }
    }

    var description: String {
        let domains = ok + partial + failed
        return "\(domains) domain\(domains == 1 ? "" : "s"): \(ok) ok, \(partial) partial, \(failed) failed; "
            + "\(added) added, \(reassigned) taken over, \(removed) removed"
            + (left == 0 ? "" : "; the time is over, \(left) left for the next run")
    }
}

extension SPFSenders {
    var isFailed: Bool {
        if case .failed = outcome { true } else { false }
    }

    /// The outcome and the counts, for one line of the log.
    var line: String {
        let word =
            switch outcome {
            case .ok: "ok"
            case .partial(let reason): "partial (\(reason))"
            case .failed(let reason): "failed (\(reason))"
            }
        if isFailed { return word }
        let guarded =
            tooWide.isEmpty
            ? "" : ", too wide: \(tooWide.prefix(5).joined(separator: " "))\(tooWide.count > 5 ? " …" : "")"
        return "\(word), \(senders.count) senders, \(lookups) lookups\(guarded)"
    }
}
