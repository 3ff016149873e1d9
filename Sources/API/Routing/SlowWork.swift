import Mail
import PasswordHash

/// Work too slow for a worker or the writer: what a request needs done in the pool for hashes before it can be applied.
enum SlowWork: Sendable {
    case hash(Secret, PasswordScheme)
    /// Whether this is the account's password. Nil stands for an account that does not exist: the check costs as much and
    /// fails.
    case check(Secret, of: MailAddress, against: StoredPassword?)
}

/// What has been computed for a request so far.
struct Computed: Sendable {
    /// The hash of the new password that was sent, or why there is none.
    var hash: Result<String, any Error>?
    /// The stored password that the one sent has matched.
    var matched: StoredPassword?
}
