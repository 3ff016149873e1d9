package enum PasswordHashError: Error, Hashable {
    case emptyPassword
    case passwordContainsNUL
    /// Longer than `PasswordScheme.longestPassword`.
    case passwordTooLong
    /// A clear text is stored as text, and these bytes are not UTF-8.
    case passwordIsNotText
    case noRandomness
    /// The library does not know the algorithm, or refused it (a FIPS provider knows no MD5).
    case algorithmUnavailable
}
