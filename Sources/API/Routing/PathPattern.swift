import Gateway

/// A route's path as published, split into segments.
package struct PathPattern: Sendable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case placeholder(Placeholder)
    }

    /// What may stand at a place of the path.
    package enum Placeholder: String, Sendable, CaseIterable {
        case domain = "<domain>"
        case mail = "<mail>"
        case newMail = "<new_mail>"
        case number = "<number>"

        /// Whether a segment of a request may be in the place of this placeholder. A malformed domain or address is
        /// accepted, so that it gets a word of its own rather than 404.
        /// - Parameter amongOthers: whether other placeholders have the same place; then only a segment with `@` is an
        ///   address, and any other a domain.
        func accepts(_ segment: PathSegment, amongOthers: Bool) -> Bool {
            switch self {
            case .number: segment.text.map { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) } ?? false
            case .domain: !amongOthers || !segment.hasAtSign
            case .mail, .newMail: !amongOthers || segment.hasAtSign
            }
        }

        /// Without the brackets.
        package var name: String { String(rawValue.dropFirst().dropLast()) }

        package var shape: Shape {
            switch self {
            case .domain: .domain("A mail domain.")
            case .mail: .address("The address of an account.")
            case .newMail: .address("The new address.")
            case .number: .count("After how many days the messages may be removed; 0 for never.")
            }
        }

        package var example: String {
            switch self {
            case .domain: "example.com"
            case .mail: "jo@example.com"
            case .newMail: "jo.example@example.com"
            case .number: "30"
            }
        }

        /// Why a value may be refused.
        var refusals: [APIError] {
            switch self {
            case .domain: [.invalidDomainName]
            case .mail, .newMail: [.invalidMail]
            case .number: []
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

    /// The index of the placeholder's segment; nil when the path does not have it.
    func place(of placeholder: Placeholder) -> Int? {
        segments.firstIndex { if case .placeholder(placeholder) = $0 { true } else { false } }
    }

    /// In the order of the path.
    package var placeholders: [Placeholder] {
        segments.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
    }

    func has(_ placeholder: Placeholder) -> Bool { place(of: placeholder) != nil }
}

/// One piece of a request's path.
struct PathSegment: Sendable {
    /// Decoded once; nil for bad escapes, slashes, control characters, bytes that are no UTF-8, and too many combining
    /// marks in a row (`Security.md` C8, C15).
    let text: String?
    /// Whether there is an `@`, also one that is written as `%40`.
    let hasAtSign: Bool

    private init(_ raw: UnsafeRawBufferPointer.SubSequence) {
        let sent = String(decoding: raw, as: UTF8.self)
        let decoded = raw.contains(UInt8(ascii: "%")) ? sent.percentDecoded : sent
        text = decoded.flatMap { $0.isFitForSegment ? $0 : nil }
        hasAtSign = raw.contains(UInt8(ascii: "@")) || text?.utf8.contains(UInt8(ascii: "@")) == true
    }

    /// All pieces of a path; nil when it does not begin with a slash. One slash at its end does not count.
    static func all(of path: Substring) -> [PathSegment]? {
        var path = path
        return path.withUTF8 { all(of: UnsafeRawBufferPointer($0)) }
    }

    private static func all(of path: UnsafeRawBufferPointer) -> [PathSegment]? {
        let slash = UInt8(ascii: "/")
        guard path.first == slash else { return nil }
        var segments: [PathSegment] = []
        segments.reserveCapacity(8)
        var start = 1
        for index in 1..<path.count where path[index] == slash {
            segments.append(PathSegment(path[start..<index]))
            start = index + 1
        }
        if start < path.count { segments.append(PathSegment(path[start...])) }
        return segments
    }
}

extension String {
    fileprivate var isFitForSegment: Bool {
        isStreamSafe && utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 >= 0x20 && $0 != 0x7f }
    }
}
