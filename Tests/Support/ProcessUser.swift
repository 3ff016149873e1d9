import Glibc

/// As whom a program runs: an identity need not have an account, so tests need not make any.
package struct ProcessUser: Sendable {
    package let user: UInt32
    package let group: UInt32
    /// Further groups; nothing else is inherited.
    package let groups: [UInt32]

    package init(user: UInt32, group: UInt32, groups: [UInt32] = []) {
        self.user = user
        self.group = group
        self.groups = groups
    }

    /// An account with its primary group only; nil when there is no such account.
    package init?(named name: String) {
        guard let account = getpwnam(name) else { return nil }
        self.init(user: account.pointee.pw_uid, group: account.pointee.pw_gid)
    }

    /// Somebody who owns nothing and has no account, in the given group.
    package static func stranger(in group: UInt32) -> ProcessUser {
        ProcessUser(user: 64_999, group: 64_999, groups: [group])
    }

    /// Nil when there is no such group.
    package static func groupNumber(_ name: String) -> UInt32? { getgrnam(name)?.pointee.gr_gid }

    package static var isRoot: Bool { geteuid() == 0 }

    /// `setpriv` and its arguments, to stand before a command.
    package var prefix: [String] {
        let groups = groups.isEmpty ? "--clear-groups" : "--groups=" + groups.map(String.init).joined(separator: ",")
        return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", groups]
    }
}
