import Mail
import Synchronization

/// Lets one request at a time do its steps outside the store (`OutsideSteps`) for a domain, from its first step to its
/// last. Otherwise one request could undo what another has found there and relies on.
final class StepTurns: Sendable {
    /// A request's turn. It ends with `end`, or when nothing refers to it any more.
    final class Turn: Sendable {
        private let domains: Set<DomainName>
        private let turns: StepTurns
        private let isOver = Atomic(false)

        fileprivate init(_ domains: Set<DomainName>, _ turns: StepTurns) {
            self.domains = domains
            self.turns = turns
        }

        deinit { end() }

        func end() {
            if !isOver.exchange(true, ordering: .acquiringAndReleasing) { turns.end(domains) }
        }
    }

    private struct Waiting {
        let domains: Set<DomainName>
        let begin: @Sendable (Turn) -> Void
    }

    private struct Queues {
        var taken: Set<DomainName> = []
        var waiting: [Waiting] = []
    }

    private let state = Mutex(Queues())
    private static let capacity = 256

    /// Takes a turn for these domains, after all requests that took one of them before.
    /// - Parameter begin: called once: before this returns, or later on the thread that ends another turn.
    /// - Returns: false, with `begin` never called, when too many wait.
    func take(_ domains: Set<DomainName>, _ begin: @escaping @Sendable (Turn) -> Void) -> Bool {
        let isFree = state.withLock { state -> Bool? in
            if state.waiting.allSatisfy({ $0.domains.isDisjoint(with: domains) }), state.taken.isDisjoint(with: domains)
            {
                state.taken.formUnion(domains)
                return true
            }
            guard state.waiting.count < Self.capacity else { return nil }
            state.waiting.append(Waiting(domains: domains, begin: begin))
            return false
        }
        if isFree == true { begin(Turn(domains, self)) }
        return isFree != nil
    }

    private func end(_ domains: Set<DomainName>) {
        let next = state.withLock { state in
            state.taken.subtract(domains)
            // First come, first served, for each domain.
            var blocked = state.taken
            var next: [Waiting] = []
            state.waiting.removeAll { waiting in
                let isFree = blocked.isDisjoint(with: waiting.domains)
                blocked.formUnion(waiting.domains)
                if isFree { next.append(waiting) }
                return isFree
            }
            for waiting in next { state.taken.formUnion(waiting.domains) }
            return next
        }
        for waiting in next { waiting.begin(Turn(waiting.domains, self)) }
    }
}
