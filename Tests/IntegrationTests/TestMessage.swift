/// A message to send through a filter.
enum TestMessage {
    case clean
    /// What SpamAssassin takes for certain spam: 1000 points.
    case gtube
    case spam(Points)
    case virus
    /// With an attached file that amavisd's names of files forbid.
    case banned
    /// With an attached file of this name.
    case attached(String)
    /// With an attached archive of this name, which holds `game.exe`.
    case packed(String)
    /// With a byte in the subject that is neither ASCII nor UTF-8.
    case badHeader
    /// Clean, and written by somebody else than the envelope's sender.
    case written(by: String)

    /// How many points the test's own rule gives.
    enum Points: String, CaseIterable, CustomStringConvertible {
        case few = "0.1"
        case some = "4.2"
        case many = "5.0"

        var description: String { "\(self == .few ? "FEW" : self == .some ? "SOME" : "MANY")" }
    }

    /// What the test's virus scanner looks for.
    static let virusSignature = "POSTERN-TEST-SIGNATURE"

    func text(from sender: String, to recipients: [String]) -> String {
        let part = "Content-Type: text/plain\n\nGood day.\n"
        switch self {
        case .clean: return head(sender, recipients) + part
        case .gtube:
            // Joined here, so that no filter takes this file for spam.
            let halves = ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE", "STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"]
            let mark = halves.joined(separator: "-")
            return head(sender, recipients) + "\(part)\(mark)\n"
        case .spam(let points): return head(sender, recipients) + "X-Test-Points: \(points)\n\(part)"
        case .virus: return head(sender, recipients) + "\(part)\(Self.virusSignature)\n"
        case .badHeader: return head(sender, recipients, subject: "Gr\u{FC}\u{DF}e") + part
        case .written(let author): return head(author, recipients) + part
        case .banned: return TestMessage.attached("game.exe").text(from: sender, to: recipients)
        case .attached(let name): return head(sender, recipients) + Self.attachment(name, "\n\nNot really.")
        case .packed(let name):
            return head(sender, recipients)
                + Self.attachment(name, "\nContent-Transfer-Encoding: base64\n\n\(Self.archive)")
        }
    }

    /// A plain part, and a file whose further headers and content are `file`.
    private static func attachment(_ name: String, _ file: String) -> String {
        """
        Content-Type: multipart/mixed; boundary=limit

        --limit
        Content-Type: text/plain

        Good day.
        --limit
        Content-Type: application/octet-stream; name="\(name)"
        Content-Disposition: attachment; filename="\(name)"\(file)
        --limit--

        """
    }

    /// What `zip` makes of a file `game.exe`, in base64.
    private static let archive = """
        UEsDBBQAAAAAAABgP1zumOYOCwAAAAsAAAAIAAAAZ2FtZS5leGVOb3QgcmVhbGx5LlBLAQIUAxQA
        AAAAAABgP1zumOYOCwAAAAsAAAAIAAAAAAAAAAAAAACAAQAAAABnYW1lLmV4ZVBLBQYAAAAAAQAB
        ADYAAAAxAAAAAAA=
        """

    private func head(_ author: String, _ recipients: [String], subject: String = "Hello") -> String {
        """
        From: <\(author)>
        To: \(recipients.map { "<\($0)>" }.joined(separator: ", "))
        Subject: \(subject)
        Date: Sat, 31 Jan 2026 12:00:00 +0000
        Message-ID: <\(UInt64.random(in: 0...UInt64.max))@client.example>
        MIME-Version: 1.0

        """
    }

    /// A message behind the filter.
    struct Received {
        let text: String

        /// The value of a header; nil when there is none of that name.
        func header(_ name: String) -> String? {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
            return lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
        }
    }
}
