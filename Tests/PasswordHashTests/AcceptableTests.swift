import PasswordHash
import Testing

/// `password_hash`: `Contract.md` 8.4.
struct AcceptableTests {
    @Test(arguments: [
        "PLAIN", "CRYPT", "MD5", "PLAIN-MD5", "SHA", "SSHA", "SHA512", "SSHA512", "SHA512-CRYPT", "CRAM-MD5", "NTLM",
        "CLEARTEXT", "CLEAR", "BLF-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "LDAP-MD5", "SMD5", "SHA1", "SHA256", "SSHA256",
        "HMAC-MD5", "ARGON2I", "ARGON2ID", "ARGON2", "PBKDF2", "ssha512", "Ssha512.Hex", "SSHA.B64",
    ])
    func takesTheSchemeVerbatim(_ scheme: String) {
        #expect(StoredPassword.acceptable("{\(scheme)}abc")?.text == "{\(scheme)}abc")
    }

    @Test(arguments: [
        ("{BCRYPT}$2b$10$abc", "{CRYPT}$2b$10$abc"),
        ("{bcrypt}$2y$05$abc", "{CRYPT}$2y$05$abc"),
        ("{BCRYPT.HEX}2432622431302461", "{CRYPT.HEX}2432622431302461"),
    ])
    func writesBcryptAsDovecotKnowsIt(_ given: String, _ stored: String) {
        #expect(StoredPassword.acceptable(given)?.text == stored)
    }

    @Test(arguments: [
        "", "abc", "$6$abc$def", "{SSHA512}", "{BCRYPT}", "{}", "{}abc", "{NOSUCH}abc", "{DES-CRYPT}ab5U8ykH0uSLQ",
        "{SSHA512", "SSHA512}abc", " {SSHA512}abc", "{SSHA512 }abc", "{SSHA512.ROT13}abc", "{SSHA512.}abc", "{OTP}abc",
        "{SSHA512}a\nb", "{SSHA512}a\0b", "{SSHA512}a\u{7f}", "{PLAIN}" + String(repeating: "a", count: 1024),
        "{CRYPT}$2b$16$abc", "{BCRYPT}$2b$31$abc", "{BLF-CRYPT}$2y$20$abc", "{CRYPT.HEX}24326224333124",
        "{SHA512-CRYPT}$6$rounds=1000001$abc$def", "{SHA512-CRYPT}$6$rounds=99999999999999999999$abc$def",
        "{SHA512-CRYPT}$2b$31$abc", "{CRYPT}$7$CU..../....abc$def", "{CRYPT}$y$jFT$abc$def", "{CRYPT}_zzzzabcd1234",
        "{MD5}$md5,rounds=99999999$abc$def", "{ARGON2ID}$argon2id$v=19$m=65537,t=3,p=1$abc$def",
        "{ARGON2ID}$argon2id$v=19$m=65536,t=17,p=1$abc$def", "{ARGON2I}$argon2i$v=19$m=65536,t=1,p=5$abc$def",
        "{PBKDF2}$1$salt$1000001$00",
    ])
    func refuses(_ text: String) {
        #expect(StoredPassword.acceptable(text) == nil)
    }

    /// What other programs have stored stays, unless it costs too much to check.
    @Test(arguments: [
        ("", true), ("$1$abc$def", true), ("{DES-CRYPT}ab5U8ykH0uSLQ", true), ("{SSHA512}", true),
        ("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$abc$def", true), ("$6$rounds=1000001$abc$def", false),
        ("{ARGON2ID}$argon2id$v=19$m=65537,t=3,p=1$abc$def", false), ("{CRYPT}$2b$16$abc", false),
        ("{SSHA512}a\nb", false),
        ("{PLAIN}" + String(repeating: "a", count: 1018), false),
    ])
    func isWithinLimits(_ text: String, _ isWithin: Bool) {
        #expect(StoredPassword.isWithinLimits(text) == isWithin)
    }
}
