import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// nginx keeps its connections to Postern. When one dies, a change must not be asked for a second time.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct KeptConnectionTests {
        @Test(arguments: ["PUT", "POST", "DELETE"])
        func aChangeIsNotRepeatedWhenItsConnectionDies(_ method: String) throws {
            let postern = try RunningPostern()
            let socket = "\(postern.directory.path)/mortal.sock"
            let listener = try LocalSocket.listen(at: socket)
            defer { close(listener) }
            let seen = Requests()
            let server = Crew(1) { _ in
                { _ in
                    guard let descriptor = LocalSocket.accept(on: listener, limit: 1) else { return }
                    try Self.answerOnce(FastCGIClient(descriptor: descriptor), seen)
                }
            }
            defer { server.abandon() }
            let printed = try postern.printedConfiguration("nginx", options: ["--socket", socket])
            let nginx = try NginxServer(configuration: printed)
            defer { nginx.stop() }
            let connection = try HTTPConnection(port: nginx.port, limit: 10)
            let request = " /api/domains HTTP/1.1\r\nHost: mail.example\r\nContent-Length: 0\r\n\r\n"
            try connection.send("GET\(request)")
            #expect(try connection.answer()?.status == 200)
            try connection.send("\(method)\(request)")
            #expect(try connection.answer()?.status == 502)
            #expect(seen.methods == ["GET", method])
            try server.stop()
        }

        /// Takes two requests, answers the first and dies at the second.
        private static func answerOnce(_ peer: FastCGIClient, _ seen: Requests) throws {
            var parameters: [UInt8] = []
            while let (kind, content) = try peer.record() {
                if kind == Records.parameters { parameters += content }
                guard kind == Records.input, content.isEmpty else { continue }
                seen.add(parameters)
                guard seen.methods.count == 1 else { return }
                parameters = []
                try peer.send(
                    Records.record(6, Array("Content-Type: application/json\r\n\r\n{}".utf8)) + Records.record(6)
                        + Records.record(3, [UInt8](repeating: 0, count: 8)))
            }
        }

        /// The methods of the requests that came, in order.
        private final class Requests: Sendable {
            private let seen = Mutex<[String]>([])

            var methods: [String] { seen.withLock(\.self) }

            func add(_ parameters: [UInt8]) {
                let text = String(decoding: parameters, as: UTF8.self)
                let method = ["GET", "PUT", "POST", "DELETE"].first { text.contains("REQUEST_METHOD\($0)") }
                seen.withLock { $0.append(method ?? "none") }
            }
        }
    }
}
