/// How a new password is stored: the values of `DEFAULT_PASSWORD_SCHEME` and `ADMIN_PASSWORD_SCHEME`.
///
/// Source: `Contract.md` 8.2. `SSHA256`, `SHA256` and `SHA`, which are not listed there, are schemes of Dovecot.
package enum PasswordScheme: String, CaseIterable, Sendable {
    case ssha512 = "SSHA512"
    case ssha256 = "SSHA256"
    case ssha = "SSHA"
    case sha512 = "SHA512"
    case sha256 = "SHA256"
    case sha = "SHA"
    case bcrypt = "BCRYPT"
    case sha512Crypt = "SHA512-CRYPT"
    /// The salted MD5 of crypt(3), `$1$`.
    case md5 = "MD5"
    case plainMD5 = "PLAIN-MD5"
    case plain = "PLAIN"
    case cramMD5 = "CRAM-MD5"

    /// Whether hashing belongs on the `HashPool`. Measured: bcrypt of cost 10 takes 50 to 85 ms, SHA512-CRYPT
    /// 2 to 3 ms and MD5-crypt 0.14 ms, all others 1 to 3 µs.
    package var isSlow: Bool {
        switch self {
        case .bcrypt, .sha512Crypt, .md5: true
        case .ssha512, .ssha256, .ssha, .sha512, .sha256, .sha, .plainMD5, .plain, .cramMD5: false
        }
    }

    /// In bytes. bcrypt ignores everything after the 72nd (`Security.md` A19).
    package var longestPassword: Int { self == .bcrypt ? CryptHash.longestForBcrypt : Secret.longest }
}
