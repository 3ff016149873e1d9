import Gateway

/// One step of a random sequence, with all that is needed to take it again.
enum RandomStep: Sendable, CustomStringConvertible {
    case call(RandomCall)
    /// What Dovecot and the policies write about a mailbox, if there is one of this address.
    case use(String)
    /// SQL run beside the API: damage, to see that it is noticed.
    case damage(String)

    var description: String {
        switch self {
        case .call(let call): call.description
        case .use(let address): "use \(address)"
        case .damage(let sql): "damage \(sql)"
        }
    }
}

/// One request of a random sequence.
struct RandomCall: Sendable, CustomStringConvertible {
    /// Who asks. All but the global admin may have lost their rights, or be gone, by the calls before.
    enum Caller: String, Sendable, CaseIterable {
        case global = "postmaster@admin.example"
        case domainAdmin = "dan@office.example"
        case creatingAdmin = "cora@office.example"
        case mailUserAdmin = "mo@b.example"
        /// Those of `DelegationWorld`, who have other addresses in each kind of it.
        case hostile = "the hostile admin"
        case victim = "the other admin"
    }

    let caller: Caller
    let method: Method
    /// As published, e.g. `/api/user/<mail>`.
    let path: String
    /// With the query.
    let target: String
    /// URL-encoded; nil for none.
    let body: String?
    let isStrict: Bool
    /// What was sent, undecorated: for those who follow what the call means.
    let fields: [String: String]

    /// As in the route table.
    var route: String { "\(method.text) \(path)" }

    /// The account or domain the path names.
    var object: String {
        let place = path.split(separator: "/").firstIndex { $0 == "<mail>" || $0 == "<domain>" } ?? 0
        return String(target.prefix { $0 != "?" }.split(separator: "/")[place])
    }

    /// The address in the place of `<new_mail>`; nil where the path has none.
    var newAddress: String? {
        let pieces = path.split(separator: "/")
        guard let index = pieces.firstIndex(of: "<new_mail>") else { return nil }
        return target.split(separator: "/").map(String.init)[index]
    }

    var description: String {
        "\(caller.rawValue)\(isStrict ? " strictly" : ""): \(method.text) \(target) \(body ?? "")"
    }
}
