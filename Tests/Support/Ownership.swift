import Glibc

/// Owner and mode of files that several programs share.
package enum Ownership {
    /// Sets mode and, as root, owner and group; the mode last, since a change of owner clears the setgid bit.
    ///
    /// - Throws: when there is no such account or group.
    package static func set(_ path: String, owner: String, group: String, mode: UInt32) throws {
        if ProcessUser.isRoot {
            guard let user = ProcessUser(named: owner), let group = ProcessUser.groupNumber(group) else {
                throw Program.Failure(description: "no account \(owner) or no group \(group)")
            }
            guard chown(path, user.user, group) == 0 else {
                throw Program.Failure(description: "chown \(path): errno \(errno)")
            }
        }
        guard chmod(path, mode) == 0 else { throw Program.Failure(description: "chmod \(path): errno \(errno)") }
    }
}
