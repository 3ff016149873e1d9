import Foundation
import Support
import Testing

/// Mail that has come to the sink.
struct DeliveredMail {
    let messages: [MailSink.Message]

    /// Everybody who got a message, once for each, in order.
    var recipients: [String] { messages.flatMap(\.recipients).sorted() }

    /// The messages to somebody.
    func all(to recipient: String) -> [TestMessage.Received] {
        messages.filter { $0.recipients.contains(recipient) }.map { TestMessage.Received(text: $0.text) }
    }

    /// The message to somebody; nil unless there is just one.
    func message(to recipient: String) -> TestMessage.Received? {
        let all = all(to: recipient)
        return all.count == 1 ? all[0] : nil
    }
}

/// A list of a test's own.
struct MailingList {
    let name: String
    let domain: String
    let server: MailingListServer
    var address: String { "\(name)@\(domain)" }
    var path: String { "/api/ml/\(address)" }
    /// Its directory.
    var directory: String { "\(server.spool)/\(domain)/\(name)" }

    /// The directories that are left of deleted lists of its name.
    var putAside: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "\(server.spool)/.archive/\(domain)")
        return (names ?? []).filter { $0.hasPrefix("\(name)-") }
    }

    /// The address of a command, e.g. `subscribe`.
    func address(of command: String) -> String { "\(name)+\(command)@\(domain)" }

    /// Whether a message names the list.
    func isNamed(in message: MailSink.Message) -> Bool {
        ["\(name)@\(domain)", "\(name)+"].contains { message.text.contains($0) }
    }

    func change(_ form: [(String, String)]) throws { try server.system.client.change(.put, path, form) }

    func delete(keepingArchive isKept: Bool = true) throws {
        try server.system.client.change(.delete, path + (isKept ? "" : "?keep_archive=no"))
    }

    /// Adds subscribers without asking them.
    func add(_ subscribers: String..., as subscription: String = "normal") throws {
        try change([
            ("add_subscribers", subscribers.joined(separator: ",")), ("subscription", subscription),
            ("require_confirm", "no"),
        ])
    }

    /// Each subscriber's kind of subscription.
    func subscribers() throws -> [String: String] {
        let answer = try server.system.client.send(.get, "\(path)?with_subscribers=yes")
        guard let rows = answer.profile?["subscribers"] as? [[String: String]] else {
            throw Program.Failure(description: "GET \(path): \(answer.status) \(answer.text)")
        }
        return try Dictionary(
            rows.map { row in
                guard let mail = row["mail"], let subscription = row["subscription"] else {
                    throw Program.Failure(description: "a subscriber without an address: \(row)")
                }
                return (mail, subscription)
            }, uniquingKeysWith: { "\($0), \($1)" })
    }

    /// Sends a message to the list.
    @discardableResult
    func post(_ message: WrittenMessage = WrittenMessage(), from author: String) throws -> DeliveredMail {
        try server.send(message, from: author, to: address)
    }

    /// Sends a command.
    @discardableResult
    func command(_ command: String, from author: String) throws -> DeliveredMail {
        try server.send(from: author, to: address(of: command))
    }

    /// What a subscriber gets when somebody else posts.
    func received(_ message: WrittenMessage = WrittenMessage(), from author: String, by reader: String) throws
        -> TestMessage.Received
    {
        try #require(try post(message, from: author).message(to: reader))
    }
}
