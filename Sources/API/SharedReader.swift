import MailStore
import Threads

/// A reader that threads without their own share, one at a time. It is opened when it is first needed.
///
/// `@unchecked Sendable`: `store` is only touched under the monitor.
final class SharedReader: @unchecked Sendable {
    private let open: @Sendable () throws -> Store
    private let monitor = Monitor()
    private var store: Store?

    init(_ open: @escaping @Sendable () throws -> Store) { self.open = open }

    /// Runs `body` on one snapshot of the account tables.
    func reading<Result>(_ body: (Store) throws -> Result) throws -> Result {
        try monitor.locked {
            let reader = try store ?? open()
            store = reader
            return try reader.reading { try body(reader) }
        }
    }
}
