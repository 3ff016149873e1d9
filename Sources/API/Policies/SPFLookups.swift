package import Mail
import MailStore

/// What came of looking listed domains up in the DNS at once, for `query_dns_immediately`: `Contract.md` 16.3.
package struct SPFLookups: Sendable {
    /// What came of one domain.
    package struct Outcome: Sendable {
        package enum Resolution: String, CaseIterable, Sendable {
            case ok
            case partial
            /// The DNS gave no answer.
            case failed
            /// Not looked up now.
            case pending
        }

        package let domain: SPFDomain
        package let status: Resolution
        /// Why it is not `ok`; empty when it is.
        package let reason: String
        /// How many servers were found.
        package let count: Int
        /// Some of them.
        package let senders: [IPNetwork]

        package init(
            _ domain: SPFDomain, _ status: Resolution, _ reason: String, count: Int = 0, senders: [IPNetwork] = []
        ) {
            self.domain = domain
            self.status = status
            self.reason = reason
            self.count = count
            self.senders = senders
        }
    }

    private let outcomes: [Outcome]

    /// - Parameters:
    ///   - found: what is known, of some of the domains.
    ///   - reason: why the others are pending.
    package init(of domains: [SPFDomain], found: [Outcome], othersPending reason: String) {
        let known = Dictionary(found.map { ($0.domain, $0) }) { first, _ in first }
        outcomes = domains.map { known[$0] ?? Outcome($0, .pending, reason) }
    }

    /// An answer that the thread of a look-up sends may have 4 KiB at most, with its headers.
    private static let roomForDomains = 3000
    /// How many servers of a domain are shown.
    package static let shownSenders = 10
    /// Unit: Unicode scalars.
    private static let longestReason = 200

    /// First what needs a look: domains that were not resolved.
    fileprivate var json: [UInt8] {
        let order: [Outcome.Resolution] = [.pending, .failed, .partial, .ok]
        let sorted = order.flatMap { status in outcomes.filter { $0.status == status } }
        var json = JSONWriter()
        var shown = 0
        json.object { json in
            json.name("domains")
            json.open("[")
            for outcome in sorted {
                var entry = JSONWriter(capacity: 1024)
                entry.lookup(outcome, reason: String(outcome.reason.unicodeScalars.prefix(Self.longestReason)))
                guard json.count + entry.count <= Self.roomForDomains else { break }
                json.json(String(decoding: entry.bytes, as: UTF8.self))
                shown += 1
            }
            json.close("]")
            json.member("others", sorted.count - shown)
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func lookup(_ outcome: SPFLookups.Outcome, reason: String) {
        object { json in
            json.member("domain", outcome.domain.text)
            json.member("status", outcome.status.rawValue)
            json.name("reason")
            if reason.isEmpty { json.null() } else { json.value(reason) }
            json.member("count", outcome.count)
            json.member("senders", outcome.senders.prefix(SPFLookups.shownSenders).map(\.description))
        }
    }
}

extension Shape {
    /// Null, and no `_data`, when nothing was to be looked up.
    package static let spfLookups: Shape = Shape.object(
        [
            Member(
                "domains",
                .list(
                    .object([
                        Member("domain", .domain("Which one.")),
                        Member(
                            "status",
                            .word(
                                SPFLookups.Outcome.Resolution.allCases.map(\.rawValue),
                                "partial: some servers were left out; failed: the DNS gave no answer, and the domain keeps"
                                    + " the servers it had; pending: it is looked up later.")),
                        Member("reason", Shape.text("Why it is not ok; null when it is.").orNull),
                        Member("count", .count("How many servers and networks were found.")),
                        Member("senders", .list(.text(""), "The first \(SPFLookups.shownSenders) of them.")),
                    ]), "First those that were not resolved.")),
            Member("others", .count("Further domains, for which the answer has no room.")),
        ],
        "What came of the domains that were looked up at once; missing when none was to be.", name: "SPFLookups"
    ).orNull
}

extension API {
    /// Looks listed domains up in the DNS without holding the caller's thread, and calls the function once, on any
    /// thread: after 20 s at the latest.
    package typealias LookUp =
        @Sendable (_ domains: [SPFDomain], _ answer: @escaping @Sendable (SPFLookups) -> Void) -> Void

    /// Has domains looked up that a change has listed, and answers then. The change is committed and cannot be refused
    /// any more.
    func answer(_ active: ActiveRequest, afterLookingUp domains: [SPFDomain]) {
        lookUp(domains) { lookups in active.finish(Reply(json: lookups.json)) }
    }
}
