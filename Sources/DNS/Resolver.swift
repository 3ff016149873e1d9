import CResolv
package import Mail

/// Asks name servers for records. The servers do the recursion.
///
///     let resolver = Resolver(servers: [])  // those of resolv.conf(5)
///     let hosts = try resolver.mailExchangers(of: "example.com")
///
/// A `Question` goes through a `ServerSocket`, over UDP, and over TCP when the answer was truncated. A `DNSResponse` is
/// an answer that fits the question.
///
/// An empty list means that the name, or the record, does not exist, or that the text is not a DNS name. No answer is
/// a `TemporaryError`. A name is always absolute: no search list is applied. Several threads may ask at once.
/// Source: `Contract.md` 16.2, step 6.
package struct Resolver: Sendable {
    private let servers: [ServerAddress]
    /// The limit for one try at one server over UDP, and again for TCP.
    private let timeout: Duration
    /// How often a server that gives no answer is asked.
    private let tries: Int
    /// The end of all tries; nil for none.
    private var deadline: ContinuousClock.Instant?

    /// The usual port of a name server.
    package static let port: UInt16 = 53

    /// - Parameters:
    ///   - servers: asked in this order; empty for those of the system.
    ///   - timeout: for one try at one server.
    ///   - tries: how often each server is asked until one answers.
    package init(servers: [ServerAddress], timeout: Duration = .seconds(3), tries: Int = 2) {
        self.servers = servers.isEmpty ? SystemServers.all() : servers
        self.timeout = timeout
        self.tries = tries
    }

    /// A copy that asks nothing after `deadline`; a question without an answer by then throws.
    package func until(_ deadline: ContinuousClock.Instant) -> Resolver {
        var resolver = self
        resolver.deadline = deadline
        return resolver
    }

    /// The TXT records, each with its strings joined without a separator. They may hold any bytes.
    package func texts(of name: String) throws(TemporaryError) -> [[UInt8]] {
        try ask(name, .txt).compactMap { if case .text(let bytes) = $0 { bytes } else { nil } }
    }

    /// The TXT records of the name itself, without those behind a CNAME: they may be another owner's.
    package func ownTexts(of name: String) throws(TemporaryError) -> [[UInt8]] {
        try ask(name, .txt, throughAliases: false).compactMap { if case .text(let bytes) = $0 { bytes } else { nil } }
    }

    /// The addresses of A and AAAA records.
    package func addresses(of name: String) throws(TemporaryError) -> [IPAddress] {
        let records = try ask(name, .a) + ask(name, .aaaa)
        return records.compactMap { if case .address(let address) = $0 { address } else { nil } }
    }

    /// The MX records, in the order of the answer, not of the preferences.
    package func mailExchangers(of name: String) throws(TemporaryError) -> [MailExchanger] {
        try ask(name, .mx).compactMap { if case .mailExchanger(let exchanger) = $0 { exchanger } else { nil } }
    }

    private func ask(
        _ name: String, _ kind: Question.RecordType, throughAliases: Bool = true
    ) throws(TemporaryError) -> [ResourceRecord] {
        guard let question = Question(name, kind) else { return [] }
        var reason = TemporaryError.Reason.timeout
        var servers = servers
        for _ in 0..<tries {
            for server in servers {
                if let deadline, deadline <= .now { break }
                do throws(Refusal) {
                    return try exchange(question, server, throughAliases)
                } catch {
                    reason = error.reason
                    // A server that has answered would answer the same again.
                    if error.isAnswer { servers.removeAll { $0 == server } }
                }
            }
        }
        throw TemporaryError(reason: reason, question: question.description)
    }

    private struct Refusal: Error {
        let reason: TemporaryError.Reason
        var isAnswer: Bool {
            switch reason {
            case .timeout, .unreachable: false
            case .serverFailure, .refused, .unexpectedCode, .malformed: true
            }
        }
    }

    private func exchange(
        _ question: Question, _ server: ServerAddress, _ throughAliases: Bool
    ) throws(Refusal) -> [ResourceRecord] {
        let response = try response(to: question, server)
        switch response.code {
        case 0: break
        case 2: throw Refusal(reason: .serverFailure)
        case 3: return []
        case 5: throw Refusal(reason: .refused)
        default: throw Refusal(reason: .unexpectedCode(response.code))
        }
        guard !response.isTruncated, let records = response.answers(to: question, throughAliases: throughAliases) else {
            throw Refusal(reason: .malformed)
        }
        return records
    }

    /// The end of a try that begins now.
    private var end: ContinuousClock.Instant {
        let usual = ContinuousClock.now + timeout
        return deadline.map { min(usual, $0) } ?? usual
    }

    private func response(to question: Question, _ server: ServerAddress) throws(Refusal) -> DNSResponse {
        do throws(ServerSocket.Failure) {
            let response = try overUDP(question, server)
            return response.isTruncated ? try overTCP(question, server) : response
        } catch {
            switch error {
            case .timeout: throw Refusal(reason: .timeout)
            case .unreachable(let cause): throw Refusal(reason: .unreachable(cause))
            case .ended: throw Refusal(reason: .malformed)
            }
        }
    }

    /// Ignores packets that are not the answer: anybody can send one.
    private func overUDP(_ question: Question, _ server: ServerAddress) throws(ServerSocket.Failure) -> DNSResponse {
        let link = try ServerSocket(.udp, to: server, until: end)
        let id = UInt16.random(in: 0 ... .max)
        try link.send(question.message(id: id))
        while true {
            if let response = DNSResponse(try link.receive(atMost: 65_535), to: question, id: id) { return response }
        }
    }

    private func overTCP(_ question: Question, _ server: ServerAddress) throws(ServerSocket.Failure) -> DNSResponse {
        let link = try ServerSocket(.tcp, to: server, until: end)
        let id = UInt16.random(in: 0 ... .max)
        let message = question.message(id: id)
        try link.send([UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message)
        let length = try link.receive(exactly: 2)
        let bytes = try link.receive(exactly: Int(length[0]) << 8 | Int(length[1]))
        guard let response = DNSResponse(bytes, to: question, id: id) else { throw .ended }
        return response
    }
}

/// The name servers of this machine, as resolv.conf(5) gives them.
enum SystemServers {
    /// In the order in which they are to be asked; when the file names none, those that the C library assumes.
    static func all() -> [ServerAddress] {
        var names = [sockaddr_storage](repeating: sockaddr_storage(), count: Int(MAXNS))
        let count = postern_name_servers(&names, MAXNS)
        return names.prefix(Int(max(0, count))).compactMap { name in
            withUnsafeBytes(of: name) { bytes in
                // In network order: the port behind the family, then the address (IPv6: behind the flow label).
                let place = name.ss_family == AF_INET ? 4..<8 : 8..<24
                return IPAddress(bytes: bytes[place]).map {
                    ServerAddress($0, port: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
                }
            }
        }
    }
}
