/// A message that somebody writes to a mailing list.
struct WrittenMessage {
    var subject = "Hello"
    /// Beyond those that every message has.
    var headers: [(name: String, value: String)] = []
    /// Of the header To; nil for whom the message is sent to.
    var addressee: String?
    var body: Body = .plain("Good day.\n")

    /// Every text ends with a line feed.
    enum Body {
        case plain(String)
        case html(String)
        case both(plain: String, html: String)
        case signed(String)
    }

    func text(from author: String, to recipient: String) -> String {
        var head = [
            ("From", "<\(author)>"), ("To", "<\(addressee ?? recipient)>"), ("Subject", subject),
            ("Date", "Sat, 31 Jan 2026 12:00:00 +0000"),
            ("Message-ID", "<\(UInt64.random(in: 0...UInt64.max))@client.example>"),
        ]
        head += headers.map { ($0.name, $0.value) } + [("MIME-Version", "1.0")]
        return head.map { "\($0): \($1)\n" }.joined() + content
    }

    private var content: String {
        switch body {
        case .plain(let text): Self.part("text/plain; charset=utf-8", text)
        case .html(let text): Self.part("text/html; charset=utf-8", text)
        case .both(let plain, let html):
            """
            Content-Type: multipart/alternative; boundary=limit

            --limit
            \(Self.part("text/plain; charset=utf-8", plain))
            --limit
            \(Self.part("text/html; charset=utf-8", html))
            --limit--

            """
        case .signed(let text):
            """
            Content-Type: multipart/signed; boundary=limit; micalg=pgp-sha256;
             protocol="application/pgp-signature"

            --limit
            \(Self.part("text/plain; charset=utf-8", text))
            --limit
            \(Self.part("application/pgp-signature", "signature\n"))
            --limit--

            """
        }
    }

    private static func part(_ type: String, _ text: String) -> String { "Content-Type: \(type)\n\n\(text)" }
}

extension TestMessage.Received {
    private var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// What stands below the headers.
    var body: String { lines.drop { !$0.isEmpty }.dropFirst().joined(separator: "\n") }

    /// The values of all headers of a name, each in one line.
    func headers(_ name: String) -> [String] {
        var headers: [String] = []
        for line in lines.prefix(while: { !$0.isEmpty }) {
            if line.hasPrefix(" ") || line.hasPrefix("\t"), let last = headers.popLast() {
                headers.append("\(last) \(line.drop { $0 == " " || $0 == "\t" })")
            } else {
                headers.append(String(line))
            }
        }
        let start = "\(name.lowercased()):"
        return headers.filter { $0.lowercased().hasPrefix(start) }
            .map { String($0.dropFirst(start.count).drop { $0 == " " }) }
    }
}
