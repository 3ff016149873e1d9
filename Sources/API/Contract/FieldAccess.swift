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
    /// Closed to the admin of a domain whose ownership is not proved yet.
    static let provenDomain = FieldAccess(rawValue: 4)

    /// A part of the profile that a domain's settings can close to normal admins.
    static func profile(_ parts: ProfilePart...) -> FieldAccess { profile(parts) }

    static func profile(_ parts: some Sequence<ProfilePart>) -> FieldAccess {
        FieldAccess(rawValue: parts.reduce(0) { $0 | 8 << UInt32($1.place) })
    }

    /// The parts that a list of a domain's settings names.
    init(closed names: [String]) { self = .profile(names.compactMap(ProfilePart.init(rawValue:))) }

    /// Who that is, for the documentation.
    package var meaning: String {
        if self == .caller { return "whoever may use the operation" }
        if contains(.globalAdmin) { return "global admins" }
        var conditions: [String] = []
        if contains(.domainCreator) { conditions.append("who may create domains") }
        let parts = ProfilePart.allCases.filter { contains(.profile($0)) }.map(\.rawValue)
        if !parts.isEmpty {
            conditions.append("where the domain's settings leave \(parts.joined(separator: ", ")) open")
        }
        if contains(.provenDomain) { conditions.append("once the ownership of the domain is proved") }
        return "global admins; other admins " + conditions.joined(separator: " and ")
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
