import API
import Foundation
import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Threads

/// The API on a state, with one request in hand at a time and a session of its own.
final class LoneAPI {
    private let api: API
    private let writer: Writer
    private let pool: HashPool
    private let delays: DelayedTasks
    private let store: Store
    private var cookie: String?

    /// - Parameter report: takes what the API has to say to the operator.
    init(on directory: String, report: @escaping @Sendable (String) -> Void = { print($0) }) throws {
        let opened = Queue<Result<Void, any Error>>()
        writer = try Writer(
            open: { try Store(.files(directory), .writer) },
            ready: { error in _ = opened.put(error.map { .failure($0) } ?? .success(())) },
            lost: { _ in }, damaged: { _ in })
        for outcome in opened.take() { try outcome.get() }
        pool = try HashPool(threads: 1)
        delays = try DelayedTasks(capacity: 16)
        let settings = Settings().with(Settings.apiEnabled, true).with(Settings.adminPasswordScheme, "SSHA512")
            .with(Settings.delaysLogins, false)
        api = API(
            configuration: try Configuration(settings, gateSecret: nil), writer: writer,
            openReader: { try Store(.files(directory), .reader) }, pool: pool, delays: delays,
            clock: Moment.now, report: report)
        store = try Store(.files(directory), .reader)
        try logIn()
    }

    func stop() {
        delays.stop()
        pool.stop()
        writer.stop()
    }

    /// Sends one request, waits for the whole answer and takes it in.
    /// - Throws: when it is no success.
    func send(_ request: Request) throws {
        try check(answer(to: request).body, of: request)
    }

    /// Sends one request and waits for the answer, whatever it is.
    /// - Parameter inSession: whether it carries the session's cookie.
    func take(_ request: Request, inSession: Bool) {
        var request = request
        if inSession { request.cookie = cookie }
        let answers = Queue<Void>()
        api.handle(request, store) { _ in _ = answers.put(()) }
        _ = answers.take()
    }

    private func logIn() throws {
        let credentials = "username=\(StateMaker.admin)&password=\(StateMaker.password)"
        let request = Job.form(.post, "/api/login", credentials)
        let answer = try answer(to: request)
        try check(answer.body, of: request)
        cookie = answer.headers.first { $0.name == "Set-Cookie" }.map { String($0.value.prefix { $0 != ";" }) }
    }

    private func check(_ body: [UInt8], of request: Request) throws {
        guard body.starts(with: Array(#"{"_success": true"#.utf8)) else {
            throw Refusal(description: "\(request.target): \(String(decoding: body.prefix(200), as: UTF8.self))")
        }
    }

    private func answer(to request: Request) throws -> (headers: [(name: String, value: String)], body: [UInt8]) {
        var request = request
        request.cookie = cookie
        let answers = Queue<(headers: [(name: String, value: String)], body: [UInt8])>()
        api.handle(request, store) { response in _ = answers.put((response.headers, Self.taken(response))) }
        guard let answer = answers.take().first else { throw Refusal(description: "\(request.target): no answer") }
        return answer
    }

    /// A streamed body is made while it is read; its first piece tells whether it is a success.
    private static func taken(_ response: Response) -> [UInt8] {
        switch response.body {
        case .bytes(let bytes): return bytes
        case .stream(let stream):
            var first: [UInt8] = []
            do {
                try stream { piece in if first.isEmpty { first = piece } }
            } catch {
                return []
            }
            return first
        }
    }
}

struct Refusal: Error, CustomStringConvertible {
    let description: String
}
