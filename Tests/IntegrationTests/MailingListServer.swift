import Support
import Testing

/// Postern with its helper for mailing lists, a real Postfix, a real mlmmj, and a sink for all mail that leaves.
///
/// `@unchecked Sendable`: the tests that use it run one after the other.
final class MailingListServer: @unchecked Sendable {
    static let isInstalled =
        MailSystem.isInstalled && PostfixServer.isInstalled
        && ["/usr/bin/mlmmj-receive", "/usr/bin/altermime"].allSatisfy(Program.isInstalled)

    /// The one of the suite that runs.
    @TaskLocal static var running: MailingListServer?

    /// The domain of the lists, unless a test has another one.
    static let domain = "lists.example"

    let system: MailSystem
    let postfix: PostfixServer
    var spool: String { helper.spool }
    private let sink: MailSink
    private let helper: RunningListHelper
    private var count = 0

    init() throws {
        sink = try MailSink()
        let port = try Loopback.freePort()
        helper = try RunningListHelper(relay: port)
        system = try MailSystem(settings: helper.settings)
        try system.add(domain: Self.domain, [("transport", "smtp:[127.0.0.1]:\(sink.port)")])
        postfix = try PostfixServer(
            configuration: system.postern.printedConfiguration("postfix"), port: port, sink: sink.port)
    }

    /// Does something while the helper is away.
    func withoutHelper(_ body: () throws -> Void) throws {
        helper.stop()
        defer {
            do { try helper.start() } catch { Issue.record(error) }
        }
        try body()
    }

    func stop() {
        postfix.stop()
        helper.stop()
        sink.stop()
    }

    /// Makes a domain whose users' mail goes to the sink.
    func add(domain: String, _ form: [(String, String)] = []) throws {
        try system.add(domain: domain, [("transport", "smtp:[127.0.0.1]:\(sink.port)")] + form)
    }

    /// Makes a list that nobody has used. Mail that an earlier test left is forgotten.
    ///
    /// - Parameter subscribers: who gets its posts, without having been asked.
    func makeList(
        _ form: [(String, String)] = [], subscribers: [String] = [], in domain: String = domain
    ) throws -> MailingList {
        _ = sink.take()
        count += 1
        let list = MailingList(name: "list\(count)", domain: domain, server: self)
        var form = [("name", "List \(count)")] + form
        if !subscribers.isEmpty {
            form += [("subscribers", subscribers.joined(separator: ",")), ("require_confirm", "no")]
        }
        try system.client.change(.post, list.path, form)
        return list
    }

    /// Waits until all mail is delivered; what has come since the last time.
    func settle() throws -> DeliveredMail {
        try postfix.settle()
        return DeliveredMail(messages: sink.take().filter { $0.recipients != [PostfixServer.lastAddress] })
    }

    /// Waits for the question that Postern has somebody asked, some time after it has answered a request.
    func question(to reader: String) throws -> TestMessage.Received {
        var question: TestMessage.Received?
        _ = try Program.wait(atMost: .seconds(30)) {
            question = try settle().message(to: reader)
            return question != nil
        }
        return try #require(question)
    }

    /// Sends a message, and waits for all that it leads to.
    @discardableResult
    func send(
        _ message: WrittenMessage = WrittenMessage(), from author: String, to recipient: String,
        envelope sender: String? = nil
    ) throws -> DeliveredMail {
        try postfix.send(
            message.text(from: author, to: recipient), from: sender ?? author, to: [recipient])
        return try settle()
    }

    /// Answers a message, as the recipient's mail program does.
    @discardableResult
    func reply(to message: TestMessage.Received, from author: String) throws -> DeliveredMail {
        let addressee = message.headers("Reply-To").first ?? message.headers("From").first ?? ""
        let address = addressee.split(whereSeparator: { "<>".contains($0) }).last.map(String.init) ?? ""
        return try send(from: author, to: address)
    }

    /// Runs what the timer runs for all lists, and waits for the mail it sends.
    ///
    /// - Returns: what one of the lists has sent.
    func maintain(_ list: MailingList) throws -> DeliveredMail {
        let result = try PosternProgram.run(["lists", "maintain", "--spool", spool], as: Accounts.lists)
        guard result.status == 0 else {
            throw Program.Failure(description: "postern lists maintain: \(result.status) \(result.errorOutput)")
        }
        return DeliveredMail(messages: try settle().messages.filter { list.isNamed(in: $0) })
    }
}
