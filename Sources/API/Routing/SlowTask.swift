import Mail
import PasswordHash

/// Work too slow for a worker or the writer: it is done in the pool for hashes, and the handler runs again with its
/// result. A result counts only for exactly this work, so a password changed in between is checked anew.
enum SlowTask: Error, Sendable, Hashable {
    case hash(Secret, PasswordScheme)
    /// Nil stands for an account that does not exist: the check costs as much and fails.
    case verify(Secret, of: MailAddress, StoredPassword?)

    /// Whose password is checked, at the risk that it is being guessed; nil for other work.
    var guessedAccount: MailAddress? {
        if case .verify(_, let account, _) = self { account } else { nil }
    }
}

enum SlowResult: Sendable {
    case hashed(String)
    case verified(Bool)
}
