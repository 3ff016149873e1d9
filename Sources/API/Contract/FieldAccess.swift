/// Who may set a parameter, of those who may use its operation.
///
/// A normal admin may when every part it names is open to him; a global admin always may.
package struct FieldAccess: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Everybody who may use the operation.
    static let caller: FieldAccess = []
    static let globalAdmin = FieldAccess(rawValue: 1)
    /// Whoever may create domains.
    static let domainCreator = FieldAccess(rawValue: 2)
    /// Not an admin whose domain waits for a proof that it is his.
    static let provenDomain = FieldAccess(rawValue: 4)

    /// A part of the profile that a domain's settings can close to normal admins.
    static func profile(_ parts: ProfilePart...) -> FieldAccess { profile(parts) }

    static func profile(_ parts: some Sequence<ProfilePart>) -> FieldAccess {
        FieldAccess(rawValue: parts.reduce(0) { $0 | 8 << UInt32($1.place) })
    }

    /// The parts that a list of a domain's settings names.
    init(closed names: [String]) { self = .profile(names.compactMap(ProfilePart.init(rawValue:))) }

    /// Each of them, for the documentation.
    package var words: [String] {
        if self == .caller { return ["whoever may use the operation"] }
        var words: [String] = []
        if contains(.globalAdmin) { words.append("global admins") }
        if contains(.domainCreator) { words.append("global admins, and admins who may create domains") }
        if contains(.provenDomain) { words.append("normal admins only of a domain whose ownership is proved") }
        for part in ProfilePart.allCases where contains(.profile(part)) {
            words.append("normal admins only where the domain's settings leave \(part.rawValue) open")
        }
        return words
    }
}

/// Parts of the profiles of a domain or of its users that the domain's settings can close to normal admins.
enum ProfilePart: String, CaseIterable, Sendable {
    case bcc, relay, catchall, aliases, throttle, greylisting, wblist, spampolicy, backupmx, advanced
    case passwordPolicies = "password_policies"
    case forwarding

    static let ofDomains = allCases.filter { $0 != .forwarding }.map(\.rawValue)
    static let ofUsers = [bcc, forwarding, relay, aliases, throttle, greylisting, wblist, spampolicy].map(\.rawValue)

    fileprivate var place: Int {
        switch self {
        case .bcc: 0
        case .relay: 1
        case .catchall: 2
        case .aliases: 3
        case .throttle: 4
        case .greylisting: 5
        case .wblist: 6
        case .spampolicy: 7
        case .backupmx: 8
        case .advanced: 9
        case .passwordPolicies: 10
        case .forwarding: 11
        }
    }
}
