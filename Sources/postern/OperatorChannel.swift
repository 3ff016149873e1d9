import API
import FoundationEssentials
import Gateway
import Glibc
import MailStore
import Threads

/// How the operator's tools reach the API.
///
///     try OperatorChannel(arguments).send(.delete, "/api/admin/\(mail)")
///
/// While the server runs, requests go to it over its socket. While it does not, the channel takes the writer's lock and
/// serves them in this process. So the same code does the work, and there is never a second writer.
final class OperatorChannel {
    private let state: StateDirectory
    private let server: FastCGIClient?
    /// Of the writer; nil while the server runs.
    private let lock: RoleLock?
    /// What serves the requests in this process; nil while the server runs.
    private var own: (service: Service, store: Store)?

    /// - Parameters:
    ///   - needsServer: whether only the running server can answer.
    ///   - mayLackStateAccess: whether a user who may not enter the state may ask the server:
    ///     `StateDirectory.socketAlone`.
    /// - Throws: `Unreachable` when there is no server to ask; errors of the state and of the settings.
    init(_ arguments: Arguments, needsServer: Bool = false, mayLackStateAccess: Bool = false) throws {
        state = try StateDirectory(arguments)
        if mayLackStateAccess, let path = state.socketAlone(arguments) {
            lock = nil
            server = try FastCGIClient(path)
            return
        }
        try state.requireFiles()
        do {
            let taken = try state.prepare()
            if needsServer { throw Unreachable("the server does not run: systemctl start postern") }
            lock = taken
            server = nil
        } catch is StateDirectory.Locked {
            guard let path = state.serverSocket else {
                throw Unreachable("the server runs, but has no local socket: stop it, or serve with --socket")
            }
            lock = nil
            server = try FastCGIClient(path)
            return
        }
        let loaded = try LoadedSettings(arguments)
        own = try state.asService { (try Service(state, loaded), try Store(state.place, .reader)) }
    }

    deinit {
        own?.service.stop()
        // Closed before the lock is released, so that the next writer does not meet this one.
        own = nil
    }

    /// Sends a request whose answer has no `_data`, or none that is needed.
    ///
    /// - Parameters:
    ///   - target: path and query, percent-encoded.
    ///   - form: parameters of the body.
    /// - Throws: `Refusal` or `Unreachable`.
    func send(_ method: Gateway.Method, _ target: String, _ form: [(name: String, value: String)] = []) throws {
        _ = try ask(Nothing.self, method, target, form)
    }

    /// Sends a request and decodes the `_data` of its answer.
    ///
    /// - Throws: as `send`.
    func ask<Data: Decodable>(
        _ type: Data.Type, _ method: Gateway.Method, _ target: String, _ form: [(name: String, value: String)] = []
    ) throws -> Data {
        var request = Request(method, target, from: "")
        request.isFromOperator = true
        request.peer = geteuid()
        request.body = Array(form.map { "\($0.name)=\($0.value.percentEncoded)" }.joined(separator: "&").utf8)
        let body = try server.map { try $0.send(request) } ?? state.asService { answerHere(request) }
        let outcome = try JSONDecoder().decode(Outcome.self, from: FoundationEssentials.Data(body))
        guard outcome._success else { throw Refusal(word: outcome._msg ?? "no answer") }
        if let nothing = Nothing() as? Data { return nothing }
        do {
            return try JSONDecoder().decode(Envelope<Data>.self, from: FoundationEssentials.Data(body))._data
        } catch is DecodingError {
            throw ExitError("the server does not know this command; restart it after an update")
        }
    }

    private struct Outcome: Decodable {
        let _success: Bool
        let _msg: String?
    }

    private struct Envelope<Data: Decodable>: Decodable { let _data: Data }

    /// The type to ask for when the answer has no `_data` that is needed.
    struct Nothing: Decodable {}

    struct Refusal: Error, CustomStringConvertible {
        /// The `_msg` of the answer, such as `NO_SUCH_ACCOUNT`.
        let word: String
        var description: String { word }
    }

    /// No server can be reached, or its answer is not complete. The request may have been carried out or not.
    struct Unreachable: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    private func answerHere(_ request: Request) -> [UInt8] {
        guard let own else { return [] }
        let answers = Queue<[UInt8]>()
        own.service.api.handle(request, own.store) { response in
            var bytes: [UInt8] = []
            switch response.body {
            case .bytes(let whole): bytes = whole
            case .stream(let stream):
                do { try stream { bytes += $0 } } catch { bytes = [] }
            }
            _ = answers.put(bytes)
        }
        return answers.take().first ?? []
    }
}

extension String {
    /// Every byte as `%XX` but the unreserved characters of RFC 3986.
    fileprivate var percentEncoded: String {
        utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }.joined()
    }
}
