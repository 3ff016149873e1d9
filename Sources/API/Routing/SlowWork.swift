import Mail
import PasswordHash

/// Work too slow for a worker or the writer, done in the pool before a request is applied.
enum SlowWork: Sendable {
    case hash(Secret, PasswordScheme)
    /// Whether the password is the account's. Without an account (nil) the check takes as long and fails.
    case check(Secret, of: MailAddress, against: StoredPassword?)
}

/// What has been computed for a request so far.
struct Computed: Sendable {
    /// The hash of the new password that was sent, or why there is none.
    var hash: Result<String, any Error>?
    /// The stored password that the one sent has matched.
    var matched: StoredPassword?
}
