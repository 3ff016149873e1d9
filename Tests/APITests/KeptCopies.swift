import Gateway

/// Which mailboxes keep a copy of their mail, as follows from the calls alone.
struct KeptCopies {
    private enum Copy { case kept, none, unknown }

    private var copies: [String: Copy] = [:]

    /// Follows a call that succeeded.
    mutating func follow(_ call: RandomCall) {
        let name = call.object
        switch (call.method, call.path) {
        case (.post, "/api/user/<mail>"): copies[name] = .kept
        case (.put, "/api/user/<mail>"): forward(name, call.fields)
        case (.post, "/api/user/<mail>/change_email/<new_mail>"):
            guard let new = call.newAddress else { break }
            // Who forwarded to the address that is his own now keeps a copy by that.
            let old = copies.removeValue(forKey: name)
            copies[new] = old == Copy.none ? .unknown : old
        case (.delete, _):
            copies = copies.filter { $0.key != name && !$0.key.hasSuffix("@\(name)") }
            // Whose last destination this was has his own mailbox again.
            copies = copies.mapValues { $0 == .none ? .unknown : $0 }
        default: break
        }
    }

    private mutating func forward(_ name: String, _ fields: [String: String]) {
        func names(_ field: String) -> Bool {
            fields[field]?.split(separator: ",").contains { item in
                item.filter { !$0.isWhitespace }.lowercased() == name
            } == true
        }
        if let list = fields["forwarding"] {
            copies[name] = list.allSatisfy(\.isWhitespace) || names("forwarding") ? .kept : Copy.none
        } else if names("addForwarding") {
            copies[name] = .kept
        } else if names("removeForwarding") {
            copies[name] = .unknown
        }
    }

    /// Whether a mailbox' rows are what the calls led to. Where they left it open, it is known afterwards.
    mutating func explain(_ name: String, selfRows: Int, others: Int) -> Bool {
        let isCopyless = selfRows == 0 && others > 0
        switch copies[name] ?? .kept {
        case .kept: return selfRows == 1
        case .none: return isCopyless
        case .unknown:
            copies[name] = isCopyless ? Copy.none : .kept
            return isCopyless || selfRows == 1
        }
    }
}
