import Glibc
import Storage
import Synchronization

/// A standby of the server that requests are answered from (`DATABASE_READ`), and whether it is in use. All threads that
/// read share it.
package final class Standby: Sendable {
    package let server: ServerState
    private let report: @Sendable (Report) -> Void
    private let condition = Mutex(Condition())

    package enum Report: Sendable {
        case notUsed(StoreError)
        case usedAgain
    }

    package struct Statistics: Sendable {
        /// Whether it was of use when it was last asked.
        package var isInUse = true
        package var reads = 0
        /// Reads for which the primary was asked instead.
        package var misses = 0
    }

    private struct Condition {
        var statistics = Statistics()
        /// The time of the first failure since it was of use; nil when it is.
        var failingSince: ContinuousClock.Instant?
        var isReported = false
        var pause = Duration.zero
        var nextTry = ContinuousClock.now
    }

    /// While it is away, one request tries it at a time, and the others do not wait for what becomes of that.
    private static let longestTry = Duration.seconds(15)
    private static let longestPause = Duration.seconds(30)
    /// How long it may be of no use before somebody should know: connections end for many reasons, and a standby is a
    /// moment behind all the time.
    private static let patience = Duration.seconds(1)
    private static let patienceWithOneBehind = Duration.seconds(60)

    /// - Parameter report: called when it is given up, and when it is in use again.
    package init(_ server: ServerState, report: @escaping @Sendable (Report) -> Void) {
        self.server = server
        self.report = report
    }

    package var statistics: Statistics { condition.withLock(\.statistics) }

    /// The databases that are read there: not the one with the sessions.
    static let databases: [ServerDatabase] = [.vmail, .amavisd, .iredapd]

    /// Asks a standby as a request would, but waits a moment for it.
    ///
    /// - Throws: `StoreError` when a database there cannot be read, or is behind.
    package static func check(_ standby: ServerState, of primary: ServerState) throws {
        let connection = try primary.connect(to: .vmail, .reader)
        let position = try StoreError.translating { try connection.logPosition() }
        let end = ContinuousClock.now + .seconds(2)
        for database in databases {
            let connection = try standby.connect(to: database, .standby)
            connection.require(position)
            while true {
                do {
                    try StoreError.translating { _ = try connection.first("SELECT 1 FROM postern_schema") { _ in } }
                    break
                } catch let error as StoreError where error.kind == .behind && ContinuousClock.now < end {
                    usleep(20_000)
                }
            }
        }
    }

    /// Whether it should be asked now. Whoever is told so says afterwards what became of it.
    func isDue(_ now: ContinuousClock.Instant = .now) -> Bool {
        condition.withLock { condition in
            guard condition.failingSince != nil else { return true }
            guard now >= condition.nextTry else {
                condition.statistics.misses += 1
                return false
            }
            condition.nextTry = now + Self.longestTry
            return true
        }
    }

    func wasNotAsked() { condition.withLock { $0.nextTry = .now } }

    func hasAnswered() {
        let isNews = condition.withLock { condition in
            defer {
                condition.failingSince = nil
                condition.isReported = false
                condition.pause = .zero
            }
            condition.statistics.isInUse = true
            condition.statistics.reads += 1
            return condition.isReported
        }
        if isNews { report(.usedAgain) }
    }

    func hasFailed(_ error: StoreError, _ now: ContinuousClock.Instant = .now) {
        let isNews = condition.withLock { condition in
            let since = condition.failingSince ?? now
            condition.failingSince = since
            condition.statistics.misses += 1
            condition.statistics.isInUse = false
            // What is only behind, or was kept from one answer, is as a rule of use again in a moment.
            let isBrief = error.kind == .behind || error.kind == .busy
            condition.pause = min(
                max(condition.pause * 2, isBrief ? .milliseconds(10) : .seconds(1)),
                isBrief ? .seconds(1) : Self.longestPause)
            condition.nextTry = now + condition.pause
            let patience = isBrief ? Self.patienceWithOneBehind : Self.patience
            let isNews = !condition.isReported && now - since >= patience
            if isNews { condition.isReported = true }
            return isNews
        }
        if isNews { report(.notUsed(error)) }
    }
}
