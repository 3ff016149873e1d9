/// The senders of one listed domain, and how they were found.
package struct SPFSenders: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case ok
        /// Something was left out: why. What was found counts.
        case partial(String)
        /// The DNS gave no answer: which. Nothing is known of the domain now.
        case failed(String)
    }

    /// Addresses and networks in their shortest spelling, in alphabetical order; none for a failed domain.
    package let senders: [String]
    package let outcome: Outcome
    /// Terms that cost a lookup: `include`, `redirect`, `a` and `mx`.
    package let lookups: Int
    /// Networks left out because they are too wide, in alphabetical order.
    package let tooWide: [String]

    /// - Parameter lookups: how many had been made by then.
    package static func failed(_ reason: String, lookups: Int = 0) -> SPFSenders {
        SPFSenders(senders: [], outcome: .failed(reason), lookups: lookups, tooWide: [])
    }
}
