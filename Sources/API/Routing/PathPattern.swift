import Gateway

/// A route's path as published, taken apart.
struct PathPattern: Sendable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case placeholder(Placeholder)
    }

    /// What may stand at a place of the path.
    enum Placeholder: String, Sendable, CaseIterable {
        case domain = "<domain>"
        case mail = "<mail>"
        case newMail = "<new_mail>"
        case number = "<number>"

        /// Which of several placeholders at one place fits a segment: one with `@` is meant as an address. A
        /// malformed one still matches, and gets the word for a malformed address or domain.
        func accepts(_ segment: PathSegment, amongOthers: Bool) -> Bool {
            switch self {
            case .number: segment.text.map { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) } ?? false
            case .domain: !amongOthers || !segment.hasAtSign
            case .mail, .newMail: !amongOthers || segment.hasAtSign
            }
        }

        private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    }

    let text: String
    let segments: [Segment]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map { piece in
            Placeholder(rawValue: String(piece)).map(Segment.placeholder) ?? .literal(String(piece))
        }
    }

    func has(_ placeholder: Placeholder) -> Bool { segments.contains(.placeholder(placeholder)) }
}

/// One piece of a request's path.
struct PathSegment: Sendable {
    let raw: Substring
    /// Decoded once; nil when it holds a bad escape, a slash, a control character or no UTF-8.
    let text: String?

    /// Also written as `%40`.
    var hasAtSign: Bool {
        raw.utf8.contains(UInt8(ascii: "@")) || text?.utf8.contains(UInt8(ascii: "@")) == true
    }

    init(_ raw: Substring) {
        self.raw = raw
        text = String(raw).percentDecodedSegment
    }
}

extension String {
    fileprivate var percentDecodedSegment: String? {
        guard let text = percentDecoded else { return nil }
        let isClean = text.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 >= 0x20 && $0 != 0x7f }
        return isClean ? text : nil
    }
}
