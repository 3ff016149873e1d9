/// Who may set a parameter, of those who may use its operation.
///
/// A global admin always may. A normal admin may when everything that is named here is open to them.
package struct FieldAccess: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Everybody who may use the operation.
    static let caller: FieldAccess = []
    static let globalAdmin = FieldAccess(rawValue: 1)
    /// Admins who may create domains.
    static let domainCreator = FieldAccess(rawValue: 2)
    /// Closed to the admin of a domain whose ownership is not proved yet.
    static let provenDomain = FieldAccess(rawValue: 4)

    /// Parts of the profile, all of which must be open.
    static func profile(_ parts: ProfilePart...) -> FieldAccess { profile(parts) }

    static func profile(_ parts: some Sequence<ProfilePart>) -> FieldAccess {
        FieldAccess(rawValue: parts.reduce(0) { $0 | 8 << $1.rawValue })
    }

    /// The parts that a domain's settings close.
    /// - Parameter names: from `disabled_domain_profiles` or `disabled_user_profiles`; unknown ones are ignored.
    init(closed names: [String]) { self = .profile(names.compactMap(ProfilePart.init(name:))) }

    /// Who that is, for the documentation.
    package var meaning: String {
        if self == .caller { return "whoever may use the operation" }
        if contains(.globalAdmin) { return "global admins" }
        var conditions: [String] = []
        if contains(.domainCreator) { conditions.append("who may create domains") }
        let parts = ProfilePart.allCases.filter { contains(.profile($0)) }.map(\.name)
        if !parts.isEmpty {
            conditions.append("where the domain's settings leave \(parts.joined(separator: ", ")) open")
        }
        if contains(.provenDomain) { conditions.append("once the ownership of the domain is proved") }
        return "global admins; other admins " + conditions.joined(separator: " and ")
    }
}

/// Parts of the profiles of a domain or of its users that the domain's settings can close to normal admins:
/// `Contract.md` 5.4. The raw value numbers the part's bit in `FieldAccess`.
enum ProfilePart: UInt32, CaseIterable, Sendable {
    case bcc, relay, catchall, aliases, throttle, greylisting, wblist, spampolicy, backupmx, advanced
    case passwordPolicies, forwarding

    static let ofDomains = allCases.filter { $0 != .forwarding }.map(\.name)
    static let ofUsers = [bcc, forwarding, relay, aliases, throttle, greylisting, wblist, spampolicy].map(\.name)

    /// Nil for a name that is none.
    init?(name: String) {
        guard let part = Self.byName[name] else { return nil }
        self = part
    }

    /// As the domain's settings have it.
    var name: String { Self.names[Int(rawValue)] }

    private static let names = allCases.map { $0 == .passwordPolicies ? "password_policies" : "\($0)" }
    private static let byName = Dictionary(uniqueKeysWithValues: zip(names, allCases))
}
