import Mail

/// The name of an account, a domain or a policy as a server's table has it.
struct SourceKey {
    let raw: String
    /// In small letters, without the blanks at its end that MariaDB does not see.
    let text: String
    /// Whether the mail programs find the row by it.
    let isFound: Bool

    /// - Parameter ignoresCase: whether the mail programs find it there whatever its case.
    init(_ raw: String, ignoresCase: Bool) {
        self.raw = raw
        let end = raw.utf8.lastIndex { $0 != UInt8(ascii: " ") }
        text = (end.map { String(raw[...$0]) } ?? "").lowercased()
        isFound = ignoresCase || text == raw
    }

    /// An address where mail goes to. Postfix ends no domain with a dot.
    static func destination(_ text: some StringProtocol) -> MailAddress? {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return MailAddress(text)
    }
}
