/// How many accounts of a kind a domain, or an admin's domains together, may have.
/// Stored as the API gives it: 0 (or absent) is no limit, -1 none at all, n at most n.
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
