import Mail

/// The segments in the places of a route's placeholders, in one request, not parsed yet.
struct MatchedSegments: Sendable {
    private let pattern: PathPattern
    private let segments: [PathSegment]

    /// - Parameter segments: as many as the pattern has.
    init(_ pattern: PathPattern, _ segments: [PathSegment]) {
        self.pattern = pattern
        self.segments = segments
    }

    private func segment(_ placeholder: PathPattern.Placeholder) -> PathSegment? {
        pattern.place(of: placeholder).map { segments[$0] }
    }

    /// Parses all placeholders, so that a malformed name is refused before anything is looked up.
    func parsed() throws(APIError) -> PathValues {
        PathValues(
            domain: try parse(.domain, .invalidDomainName, DomainName.init),
            mail: try parse(.mail, .invalidMail, MailAddress.init),
            newMail: try parse(.newMail, .invalidMail, MailAddress.init),
            number: segment(.number).map { segment in segment.text.flatMap { Int($0) } ?? .max })
    }

    private func parse<Value>(
        _ placeholder: PathPattern.Placeholder, _ error: APIError, _ make: (String) -> Value?
    ) throws(APIError) -> Value? {
        guard let segment = segment(placeholder) else { return nil }
        guard let text = segment.text, let value = make(text) else { throw error }
        return value
    }
}

/// The placeholders' values; nil for one that the route does not have.
struct PathValues: Sendable {
    let domain: DomainName?
    let mail: MailAddress?
    let newMail: MailAddress?
    /// A number too large for 64 bits reads as the largest.
    let number: Int?

    /// The domains that the path names, alone or in an address.
    var domains: [DomainName] { [domain, mail?.domain, newMail?.domain].compactMap(\.self) }
}
