import MailStore

/// Answers from a standby (`DATABASE_READ`): `RequestLife.md` 4.
extension API {
    /// Checks the rights on the primary, then again on a standby that is at least as new, and answers from there.
    ///
    /// - Parameter primary: the worker's own reader.
    /// - Returns: false when nothing was answered, because the standby is of no use now, or there is none.
    func readFromStandby(_ active: ActiveRequest, _ primary: Store) -> Bool {
        do {
            let isAnswered = try primary.readingFromStandby(after: { try active.request.requireRights(on: primary) }) {
                store, giveUp in
                let reply = try active.request.apply(on: store, isSessionFresh: true)
                active.finish(standingIn(primary, for: reply, active, giveUp))
                return true
            }
            return isAnswered ?? false
        } catch {
            refuse(error, active)
            return true
        }
    }

    /// The same answer; if the standby fails before the first piece of it is sent, the pieces are the primary's.
    private func standingIn(
        _ primary: Store, for reply: Reply, _ active: ActiveRequest, _ giveUp: @escaping (StoreError) -> Void
    ) -> Reply {
        guard case .pieces(let pieces) = reply.data else { return reply }
        var answer = reply
        answer.data = .pieces { send in
            var isSent = false
            do {
                try pieces { piece in
                    isSent = true
                    try send(piece)
                }
            } catch let error as StoreError {
                giveUp(error)
                guard !isSent else { throw error }
                try primary.reading {
                    let other = try active.request.apply(on: primary)
                    // The header with the next part of a list is sent already.
                    guard case .pieces(let pieces) = other.data, other.link == reply.link else { throw error }
                    try pieces(send)
                }
            }
        }
        return answer
    }
}
