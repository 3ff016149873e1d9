import CIdentity
import Glibc

/// As whom this thread, and those it starts meanwhile, touch files; everything else they do as before.
///
/// Root's tools have SQLite open files in directories that the mail programs may write. SQLite opens them by name, so
/// whatever is checked beforehand may be another file by then. As the service it can be led to nothing that the mail
/// programs could not have had without it: root's rights over files are not there to be lent.
struct FileUser {
    let user: uid_t
    let group: gid_t

    /// Needs root.
    func run<Result>(_ body: () throws -> Result) throws -> Result {
        // Root's further groups would still count; root itself needs none.
        if getgroups(0, nil) > 0 { try KeptFile.check(setgroups(0, nil), "cannot leave root's groups") }
        let groupBefore = gid_t(bitPattern: setfsgid(group))
        let userBefore = uid_t(bitPattern: setfsuid(user))
        defer {
            setfsuid(userBefore)
            setfsgid(groupBefore)
        }
        // Neither call tells whether it was allowed. Asked for a number that nobody has, they only tell the one in force.
        guard setfsuid(.max) == Int32(bitPattern: user), setfsgid(.max) == Int32(bitPattern: group) else {
            throw ExitError("cannot work on the databases as user \(user) instead of root", code: .inputOutput)
        }
        return try body()
    }
}
