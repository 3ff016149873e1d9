/// How much mail a mailbox or a domain may hold.
///
/// - Unit: megabytes of 1,048,576 bytes (`Contract.md` 1.3).
/// - Zero means no limit.
package struct Quota: Sendable, Hashable, Comparable {
    package let megabytes: Int

    /// Nil when `megabytes` is negative or its count of bytes does not fit in 64 bits.
    package init?(megabytes: Int) {
        guard megabytes >= 0, !megabytes.multipliedReportingOverflow(by: 1_048_576).overflow else { return nil }
        self.megabytes = megabytes
    }

    private init(checked megabytes: Int) { self.megabytes = megabytes }

    package static let unlimited = Quota(checked: 0)

    package var isUnlimited: Bool { megabytes == 0 }

    package static func < (left: Self, right: Self) -> Bool { left.megabytes < right.megabytes }
}

/// How many accounts of a kind a domain, or all domains of an admin together, may have. In the API and in the tables 0
/// means no limit, and -1 none at all (`Contract.md` 1.2).
package enum AccountLimit: Sendable, Hashable {
    case unlimited
    case none
    case atMost(Int)

    /// Nil below -1.
    package init?(stored: Int) {
        switch stored {
        case 0: self = .unlimited
        case -1: self = .none
        case 1...: self = .atMost(stored)
        default: return nil
        }
    }

    package var stored: Int {
        switch self {
        case .unlimited: 0
        case .none: -1
        case .atMost(let count): count
        }
    }

    /// Whether one more fits beside `count` existing ones.
    package func allowsOneMore(than count: Int) -> Bool {
        switch self {
        case .unlimited: true
        case .none: false
        case .atMost(let limit): count < limit
        }
    }
}
