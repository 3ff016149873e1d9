import SPF

/// What a run of `postern spf-refresh` has come to, all domains together.
struct SPFSummary: CustomStringConvertible {
    private var ok = 0
    private var partial = 0
    private(set) var failed = 0
    var added = 0
    var takenOver = 0
    var removed = 0

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
            + "\(added) added, \(takenOver) taken over, \(removed) removed"
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
        let guarded = tooWide.isEmpty
            ? "" : ", too wide: \(tooWide.prefix(5).joined(separator: " "))\(tooWide.count > 5 ? " …" : "")"
        return "\(word), \(senders.count) senders, \(lookups) lookups\(guarded)"
    }
}
