import API
import Mail
import Synchronization

/// A clock that stands until a test moves it.
final class StandingClock: Sendable {
    private let epoch: Mutex<Int>

    init(_ epoch: Int) { self.epoch = Mutex(epoch) }

    var now: Moment { Moment(epoch: epoch.withLock(\.self)) }

    /// - Parameter seconds: negative to set it back.
    func move(by seconds: Int) { epoch.withLock { $0 += seconds } }
}

/// Lines for the operator, collected.
final class Reports: Sendable {
    private let collected = Mutex<[String]>([])

    func add(_ line: String) { collected.withLock { $0.append(line) } }

    var lines: [String] { collected.withLock(\.self) }
}

/// What the operator's log was told of each request.
final class Requests: Sendable {
    private let collected = Mutex<[RequestRecord]>([])

    func add(_ record: RequestRecord) { collected.withLock { $0.append(record) } }

    /// Since the last time this was asked.
    func take() -> [RequestRecord] {
        collected.withLock { records in
            defer { records = [] }
            return records
        }
    }
}

extension RequestRecord {
    /// Its line of the request log.
    var line: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
