import PasswordHash
import Testing

/// Dovecot accepts what we store, and we accept what Dovecot makes.
@Suite(.enabled(if: Doveadm.isInstalled, "needs dovecot-core"), .serialized)
struct DovecotTests {
    static let passwords = [
        "Secret1!", "{PLAIN}x", "with space 'and\" quotes\\", "pässwörd",
        "sixty-eight characters, longer than a block of MD5: 0123456789abcdef",
    ]

    @Test(arguments: PasswordScheme.allCases, passwords)
    func acceptsOurs(_ scheme: PasswordScheme, _ password: String) throws {
        let stored = try PasswordHasher(bcryptCost: 10).hash(Secret(password), scheme)
        #expect(try Doveadm.verifies(stored, password))
        #expect(try !Doveadm.verifies(stored, password + "x"))
        #expect(StoredPassword(stored).verifies(Secret(password)))
    }

    static let schemes = [
        "SSHA512", "SSHA256", "SSHA", "SHA512", "SHA256", "SHA", "SHA1", "SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT",
        "MD5", "PLAIN-MD5", "LDAP-MD5", "SMD5", "PLAIN", "CLEAR", "CLEARTEXT", "CRAM-MD5", "HMAC-MD5", "BLF-CRYPT",
        "CRYPT", "ARGON2ID", "ARGON2I", "PBKDF2", "SSHA512.HEX", "SSHA256.hex", "SSHA.B64", "SHA512.HEX", "SHA.base64",
        "PLAIN-MD5.B64", "LDAP-MD5.HEX", "SMD5.HEX", "MD5.HEX", "MD5.B64", "PLAIN.HEX", "PLAIN.B64", "CRAM-MD5.B64",
        "SHA512-CRYPT.B64", "BLF-CRYPT.HEX", "ARGON2I.HEX", "PBKDF2.B64",
    ]

    @Test(arguments: schemes)
    func makesWhatWeVerify(_ scheme: String) throws {
        for password in Self.passwords.prefix(scheme.hasPrefix("ARGON2") ? 1 : .max) {
            let stored = try Doveadm.hash(password, scheme: scheme)
            #expect(StoredPassword(stored).verifies(Secret(password)))
            #expect(!StoredPassword(stored).verifies(Secret(password + "x")))
            #expect(!StoredPassword(stored).verifies(Secret(stored)))
            #expect(StoredPassword.acceptable(stored)?.text == stored)
        }
    }

    @Test func acceptsOurRewrittenBcrypt() throws {
        let given = "{BCRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        let stored = try #require(StoredPassword.acceptable(given))
        #expect(try !Doveadm.verifies(given, "U*U"))
        #expect(try Doveadm.verifies(stored.text, "U*U"))
    }
}
