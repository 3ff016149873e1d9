import Gateway
import Glibc

/// Asks through an `OperatorChannel`. When nobody answers, it opens a new one and asks again, for about ten seconds:
/// the server may be stopped or started at any moment. Only for requests that may be repeated.
///
/// While the server is down, this process is the writer until the object is released. A user who may not enter the
/// state only waits.
final class RetryingChannel {
    private let arguments: Arguments
    private var channel: OperatorChannel?

    private static let tries = 20
    /// Unit: microseconds.
    private static let pause: UInt32 = 500_000

    init(_ arguments: Arguments) { self.arguments = arguments }

    /// - Throws: `Unreachable` after the last try; any other error at once.
    func ask<Data: Decodable>(
        _ type: Data.Type, _ method: Gateway.Method, _ target: String, _ form: [(name: String, value: String)] = []
    ) throws -> Data {
        var left = Self.tries
        while true {
            do {
                let channel = try channel ?? OperatorChannel(arguments, mayLackStateAccess: true)
                self.channel = channel
                return try channel.ask(type, method, target, form)
            } catch let error as OperatorChannel.Unreachable {
                channel = nil
                left -= 1
                guard left > 0 else { throw error }
                if left == Self.tries - 1 { Postern.report("\(error); waiting for it") }
                usleep(Self.pause)
            }
        }
    }
}
