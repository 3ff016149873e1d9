import CIdentity
import Glibc

/// The user and group whose rights over files a thread of root takes (setfsuid(2)), and the threads that it starts
/// meanwhile. Everything else they do as root.
///
/// SQLite opens files by name, some of them in directories that the mail programs may write. What was checked before
/// may be another file by then. So root has SQLite open files as the service's user: then a planted link leads to
/// nothing that only root may open (`Security.md` G18).
struct FileUser {
    let user: uid_t
    let group: gid_t

    /// Runs `body` as this user. Only for root.
    func run<Result>(_ body: () throws -> Result) throws -> Result {
        // Root's supplementary groups would still give access. They are not restored: root needs none.
        if getgroups(0, nil) > 0 { try DurableFile.check(setgroups(0, nil), "cannot leave root's groups") }
        let groupBefore = gid_t(bitPattern: setfsgid(group))
        let userBefore = uid_t(bitPattern: setfsuid(user))
        defer {
            setfsuid(userBefore)
            setfsgid(groupBefore)
        }
        // Neither call reports a failure. With an id that is never allowed they only return the one in force.
        guard setfsuid(.max) == Int32(bitPattern: user), setfsgid(.max) == Int32(bitPattern: group) else {
            throw ExitError("cannot work on the databases as user \(user) instead of root", code: .inputOutput)
        }
        return try body()
    }
}
