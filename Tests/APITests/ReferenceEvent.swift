import Gateway
import MailStore
import Testing

/// Something that happens to one that rows name, and what becomes of a row then: worked out from the roles alone.
struct ReferenceEvent: Sendable, CustomTestStringConvertible {
    private enum Change: Sendable {
        case deletion
        case renaming(to: String)
        /// With it go its alias domains.
        case deletionOfDomain(aliases: [String])
    }

    /// How it is asked for.
    let method: Method
    let target: String
    let form: String?
    private let kind: Reference.Name
    private let name: String
    private let change: Change
    /// The victim's domain waits for a proof that it is its maker's: what others say of its addresses is about outside
    /// ones.
    private var isInWaitingDomain = false

    var testDescription: String { "\(method) \(target)" }

    private typealias World = ReferenceWorld

    /// Of every kind of account the victim goes.
    static let deletions = [
        ReferenceEvent(.delete, "/api/user/\(World.mailboxes[0])", .mailbox, World.mailboxes[0]),
        ReferenceEvent(.delete, "/api/alias/\(World.aliases[0])", .alias, World.aliases[0]),
        ReferenceEvent(.delete, "/api/maillist/\(World.lists[0])", .list, World.lists[0]),
        ReferenceEvent(.delete, "/api/admin/\(World.admins[0])", .admin, World.admins[0]),
        ReferenceEvent(
            .put, "/api/domain/\(World.domains[0])", .aliasDomain, World.aliasDomains[0],
            form: "removeAliasDomain=\(World.aliasDomains[0])"),
    ]

    /// Of every kind that can get another address the victim does, in its domain and into another. A mailing list keeps
    /// its own.
    static let renamings = ["a_b.example", World.emptyDomain].flatMap { domain in
        [
            renaming("user", .mailbox, World.mailboxes[0], to: domain),
            renaming("alias", .alias, World.aliases[0], to: domain),
        ]
    }

    private static func renaming(
        _ path: String, _ kind: Reference.Name, _ name: String, to domain: String
    ) -> ReferenceEvent {
        let new = "new@\(domain)"
        return ReferenceEvent(.post, "/api/\(path)/\(name)/change_email/\(new)", kind, name, .renaming(to: new))
    }

    static let deletionOfDomain = ReferenceEvent(
        .delete, "/api/domain/\(World.domains[0])", .domain, World.domains[0],
        .deletionOfDomain(aliases: [World.aliasDomains[0]]))

    /// The same while the victim's domain waits for its proof.
    var inWaitingDomain: ReferenceEvent {
        var event = self
        event.isInWaitingDomain = true
        return event
    }

    private init(
        _ method: Method, _ target: String, _ kind: Reference.Name, _ name: String, _ change: Change = .deletion,
        form: String? = nil
    ) {
        self.method = method
        self.target = target
        self.form = form
        self.kind = kind
        self.name = name
        self.change = change
    }

    /// The domains that have other sums afterwards.
    var domainsWithOtherSums: Set<String> {
        switch change {
        case .deletion: [World.domain(of: name)]
        case .renaming(let new): [World.domain(of: name), World.domain(of: new)]
        case .deletionOfDomain: []
        }
    }

    /// Whether one of the columns names the victim, whatever becomes of the row.
    func isNamed(by reference: Reference, in row: [String: String]) -> Bool {
        let value = row[reference.column] ?? ""
        return reference.fits(row) && reference.names.contains { isNamed(by: value, as: $0, in: reference) }
    }

    /// The row afterwards; nil when it goes.
    func fate(of row: [String: String], in table: TableReferences) -> [String: String]? {
        var row = row
        for reference in table.columns where isNamed(by: reference, in: row) {
            if isInWaitingDomain, isOutsiders(row, by: reference) { continue }
            switch (reference.role, change) {
            case (.history, _), (.stranger, _), (.nobody, _), (.pointer, .deletionOfDomain): continue
            case (.sum, .deletion), (.sum, .renaming): continue
            case (_, .deletion), (_, .deletionOfDomain):
                guard let left = World.claimWithoutAdmin(row, in: table.table, of: reference) else { return nil }
                row = left
            case (_, .renaming(let new)):
                row[reference.column] = new
                for other in table.columns where other.base == reference.column && other.fits(row) {
                    row[other.column] = World.domain(of: new)
                }
            }
        }
        if case .renaming(let new) = change, kind == .mailbox, World.isLostAlias(row, of: new) { return nil }
        return row
    }

    /// Whether a row is none of a waiting domain's: one of another domain, or one that no unproved domain may have.
    private func isOutsiders(_ row: [String: String], by reference: Reference) -> Bool {
        if reference.names.contains(.domainKey) || reference.role == .link { return true }
        let isAnothers = row["domain"] != World.domain(of: name)
        return isAnothers && (reference.role == .pointer || reference.names == [.perUserAlias])
    }

    private func isNamed(by value: String, as form: Reference.Name, in reference: Reference) -> Bool {
        if case .deletionOfDomain(let aliases) = change {
            switch form {
            case .domain, .domainOf: return value == name
            case .domainKey: return value == "@\(name)"
            case .subdomainsKey: return value == "@.\(name)"
            case .perUserAlias: return ([name] + aliases).contains(World.domain(of: value))
            case .mailbox, .alias, .list:
                return value.hasSuffix("@\(name)")
                    && !(reference.names.contains(.admin) && World.admins.contains(value))
            case .address: return value.hasSuffix("@\(name)")
            case .admin, .aliasDomain: return false
            }
        }
        if kind == .aliasDomain, form == .perUserAlias { return World.domain(of: value) == name }
        return (form == kind || form == .address) && value == name
    }
}

/// What is not said by a role alone.
extension ReferenceWorld {
    /// What an admin has claimed and not proved goes on without his name: else the domain would look like one that is
    /// switched off.
    fileprivate static func claimWithoutAdmin(
        _ row: [String: String], in table: String, of reference: Reference
    ) -> [String: String]? {
        guard table == "domain_ownership", reference.column == "admin", row["verified"] == "0" else { return nil }
        return row.merging(["admin": "#\(row["id"] ?? "")", "verify_code": "", "expire": "0"]) { $1 }
    }

    /// Into another domain a mailbox does not take the per-user aliases that nobody may have there.
    fileprivate static func isLostAlias(_ row: [String: String], of mailbox: String) -> Bool {
        guard row["is_alias"] == "1", row["forwarding"] == mailbox, let address = row["address"] else { return false }
        return domain(of: mailbox) == emptyDomain && domain(of: address) != emptyDomain
    }
}
