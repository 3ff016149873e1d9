import Foundation
import Gateway

/// Asks over one `OperatorChannel` after the other: when nobody answers, again for a while. The server may be started or
/// stopped at any moment. Only for requests that may be repeated.
///
/// While the server is down, this is the writer until the value goes.
final class PatientChannel {
    private let arguments: Arguments
    private var channel: OperatorChannel?

    private static let tries = 20
    /// Unit: seconds.
    private static let pause = 0.5

    init(_ arguments: Arguments) { self.arguments = arguments }

    /// - Throws: what the last try threw; a refusal at once.
    func send(
        _ method: Gateway.Method, _ target: String, _ form: [(name: String, value: String)] = []
    ) throws -> OperatorChannel.Answer {
        var left = Self.tries
        while true {
            do {
                let channel = try channel ?? OperatorChannel(arguments)
                self.channel = channel
                return try channel.send(method, target, form)
            } catch let error as OperatorChannel.Unreachable {
                channel = nil
                left -= 1
                guard left > 0 else { throw error }
                Thread.sleep(forTimeInterval: Self.pause)
            }
        }
    }
}
