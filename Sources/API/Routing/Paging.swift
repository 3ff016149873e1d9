import MailStore

/// The parameters that ask for a part of a list. They are extras: without them the answer is the whole list.
struct Paging: Sendable {
    let page: Page

    static let parameters = ["limit", "after"]

    init(_ form: inout Form) throws(APIError) {
        let limit = try form.optional("limit", .pageSize, by: .caller, "How many at most.", example: "100")
        let after = try form.optional(
            "after", .text, by: .caller, "Only what follows this domain or address: the last of the part before.",
            example: "example.com")
        page = Page(after: (after ?? "").lowercased(), limit: limit)
    }
}

extension Reply {
    /// The same with a `Link` header to the next part.
    /// - Parameter last: the last key of this part; nil when nothing follows, for no header.
    func linked(to last: String?, _ call: Call) -> Reply {
        guard let last else { return self }
        var reply = self
        let others = call.query.split(separator: "&").filter { !$0.hasPrefix("after=") }
        let query = (others.map(String.init) + ["after=\(last)"]).joined(separator: "&")
        reply.link = "<\(call.rawPath)?\(query)>; rel=\"next\""
        return reply
    }
}
