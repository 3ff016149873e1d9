import MailStore
import Storage

/// What amavisd and iRedAPD decide about a mail, from the tables alone.
///
/// A judge over the endpoints: it knows what the consumers read and in which order, and nothing of who wrote it.
/// Source: `Contract.md` 13.4, 14.4, 15.3, 17. The greylisting of senders by their live SPF is left out: it needs
/// DNS, and the tests' senders publish none.
struct PolicyConsumer {
    let vmail: Engine
    let amavisd: Engine
    /// iRedAPD writes its counters and triplets here.
    let iredapd: Engine

    init(_ api: TestAPI) throws {
        vmail = try api.connection(.vmail)
        amavisd = try api.connection(.amavisd)
        iredapd = try api.connection(.iredapd, writes: true)
    }

    /// The domain that an alias domain stands for; nil for every other domain.
    func target(ofAliasDomain name: String) throws -> String? {
        try vmail.first(
            """
            SELECT target_domain
              FROM alias_domain
             WHERE alias_domain = \(name) AND active = 1
            """
        ) { $0.text(0) }
    }

    /// Whether mail to a domain is for us.
    func isLocal(_ domain: String) throws -> Bool {
        try vmail.first(
            """
            SELECT 1 FROM domain WHERE domain = \(domain)
             UNION
            SELECT 1 FROM alias_domain WHERE alias_domain = \(domain)
            """
        ) { _ in true } ?? false
    }

    /// What iRedAPD looks up for an address: the forms of it, and those under the domain its alias domain stands for.
    func candidates(_ address: String) throws -> [String] {
        let (local, domain) = AddressForms.parts(address)
        guard let target = try target(ofAliasDomain: domain) else { return AddressForms.iredapd(address) }
        return AddressForms.iredapd(address) + AddressForms.iredapd("\(local)@\(target)")
    }
}

/// One mail as a policy server is asked about it.
struct PolicyMail {
    /// The envelope's; empty for a bounce.
    var sender: String
    /// Empty where Postfix names none: at the end of a message with several recipients.
    var recipient: String
    /// The client's IP address.
    var client = "203.0.113.9"
    /// As whom the client has authenticated; nil for a client that has not.
    var username: String?
    /// In bytes.
    var size = 900
    var recipientCount = 1

    /// Sent by a user of ours to one recipient.
    static func authenticated(_ sender: String, to recipient: String = "friend@far.test") -> PolicyMail {
        PolicyMail(sender: sender, recipient: recipient, username: sender)
    }
}

/// iRedAPD's answer to Postfix.
enum PolicyVerdict: Equatable {
    /// No opinion: other checks follow.
    case none
    /// Accepted without further checks.
    case ok
    case refused(String)

    static let greylisted = refused("451 4.7.1 Intentional policy rejection, please try again later")
    static let blacklisted = refused("REJECT Blacklisted")
    static let overQuota = refused("REJECT Throttling quota exceeded")
    static let tooLarge = refused("REJECT Message size is too large")
    static let tooManyRecipients = refused("REJECT Too many recipients in single message")
}

extension SQL {
    /// A query whose `(?)` stands for a list of texts.
    init(_ text: String, list: [String], _ further: [String] = []) {
        let marks = list.map { _ in "?" }.joined(separator: ",")
        self.init(trusted: text.replacing("(?)", with: "(\(marks))"), (list + further).map { .text($0) })
    }
}
