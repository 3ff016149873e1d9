import PasswordHash
import Testing

struct StoredPasswordTests {
    @Test(arguments: KnownAnswers.all)
    func verifiesWhatOtherProgramsMade(_ stored: String, _ password: String) {
        #expect(StoredPassword(stored).verifies(Secret(password)))
    }

    @Test(arguments: KnownAnswers.all)
    func verifiesNothingElse(_ stored: String, _ password: String) {
        let content = stored.split(separator: "}", maxSplits: 1).last.map(String.init) ?? stored
        var wrong = [
            password + "x", String(password.dropLast()), password + "\0", password + "\0x", "x" + password, "",
            stored, stored.lowercased(), String(repeating: password, count: 257),
        ]
        if !["{PLAIN}", "{clear", "{Clear"].contains(where: stored.hasPrefix) { wrong.append(content) }
        for other in wrong {
            #expect(!StoredPassword(stored).verifies(Secret(other)))
        }
    }

    @Test(arguments: KnownAnswers.fast) func isFast(_ stored: String, _ password: String) {
        #expect(!StoredPassword(stored).isSlow)
    }

    @Test(arguments: KnownAnswers.slow) func isSlow(_ stored: String, _ password: String) {
        #expect(StoredPassword(stored).isSlow)
    }

    /// Each is a good text of `Secret1!` or `U*U`, damaged, or of a scheme we do not know.
    @Test(arguments: [
        "", " ", "*", "*0", "*1", "{CRYPT}*0", "{CRYPT}*1", "{CRYPT}", "{PLAIN}", "{PLAIN.HEX}", "{}", "{", "}",
        "Secret1!", "{UNKNOWN}Secret1!", "{PLAIN.ROT13}Secret1!", "{PLAIN.}Secret1!", "{PLAIN", "PLAIN}Secret1!",
        " {PLAIN}Secret1!", "{ PLAIN}Secret1!", "{PLAIN.HEX}536563726574312", "{PLAIN.HEX}53656372657431zz",
        "{PLAIN.B64}U2VjcmV0MSE", "{PLAIN.B64}U2VjcmV0MSF=", "{PLAIN.B64}U2Vj cmV0MSE=", "{PLAIN.B64}U2Vj\ncmV0MSE=",
        "{BCRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{CRYPT}$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{CRYPT}$2a$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "{CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW ",
        "{SHA512-CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{BLF-CRYPT}$1$1234abcd$OymwNgt/Wwe.TlUz7leU70", "{CRYPT}$1$1234abcd$", "{CRYPT}$1$1234abcd",
        "{CRYPT}ab5U8ykH0uSLQ", "ab5U8ykH0uSLQ", "{DES-CRYPT}ab5U8ykH0uSLQ",
        "{SHA}znbJr3+tymFoQD4+Njh4ITtI7Cc", "{SHA}=nbJr3+tymFoQD4+Njh4ITtI7Cc=",
        "{SHA.HEX}znbJr3+tymFoQD4+Njh4ITtI7Cc=",
        "{SSHA}znbJr3+tymFoQD4+Njh4ITtI7Cc=", "{SSHA256}znbJr3+tymFoQD4+Njh4ITtI7Cc=", "{SSHA512}====",
        "{SHA256}znbJr3+tymFoQD4+Njh4ITtI7Cc=", "f35dfb0188858f6292ed0ab40bd8597", "f35dfb0188858f6292ed0ab40bd8597g",
        "{CRAM-MD5}cb6af7e65c33e4bc7f3162a26e9d6a0f", "{NTLM}8846f7eaee8fb117ad06bdd830b7586c",
        "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$95g7xPoBAI/+Wq4PBgPWHQ$", "{ARGON2ID}$argon2id$", "{ARGON2}x",
        "{ARGON2ID}$argon2d$v=19$m=65536,t=3,p=1$95g7xPoBAI/+Wq4PBgPWHQ$B2RHV/3/od0RbjQ+oBPsm6tSIXqkmvCjaEfUAZQKukY",
        "{PBKDF2}$1$salt$0$4b007901b765489abead49d926f721d065a429c1", "{PBKDF2}$1$salt$x$00", "{PBKDF2}$$$$",
        "{PBKDF2}$1$salt$-1$4b007901b765489abead49d926f721d065a429c1", "{SSHA512}\u{1F511}", "{SHA.HEX}٣٤",
    ])
    func damagedTextsNeverVerify(_ stored: String) {
        for password in ["Secret1!", "U*U", "", "*", "*0", "*1", stored] {
            #expect(!StoredPassword(stored).verifies(Secret(password)))
        }
        #expect(!StoredPassword(stored).isSlow || stored.hasPrefix("{ARGON2ID}$argon2id$v=19"))
    }

    /// A colon in the salt is what crypt(3) itself refuses, with `*0`.
    @Test func aFailureTokenOfCryptMatchesNothing() {
        let stored = StoredPassword("{CRYPT}$6$sa:lt$" + String(repeating: ".", count: 86))
        #expect(stored.isSlow)
        for password in ["Secret1!", "*0", "*1"] {
            #expect(!stored.verifies(Secret(password)))
        }
    }

    /// Each would work for minutes, or in gigabytes.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "{CRYPT}$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$6$rounds=999999999$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
            "{ARGON2ID}$argon2id$v=19$m=4194304,t=3,p=1$95g7xPoBAI/+Wq4PBgPWHQ$B2RHV/3/od0RbjQ+oBPsm6tSIXqkmvCjaEfUAZQKukY",
            "{ARGON2ID}$argon2id$v=19$m=65536,t=99999,p=1$95g7xPoBAI/+Wq4PBgPWHQ$B2RHV/3/od0RbjQ+oBPsm6tSIXqkmvCjaEfUAZQKukY",
            "{PBKDF2}$1$salt$2000000000$4b007901b765489abead49d926f721d065a429c1",
            "{PBKDF2}$1$salt$99999999999999999999$4b007901b765489abead49d926f721d065a429c1",
        ])
    func isNotCheckedBeyondTheLimitsOfCost(_ stored: String) {
        #expect(!StoredPassword(stored).isSlow)
        #expect(!StoredPassword(stored).verifies(Secret("Secret1!")))
    }

    @Test func bcryptRefusesWhatItWouldCut() throws {
        let password = String(repeating: "a", count: 72)
        let stored = try StoredPassword(PasswordHasher(bcryptCost: 10).hash(Secret(password), .bcrypt))
        #expect(stored.verifies(Secret(password)))
        #expect(!stored.verifies(Secret(password + "b")))
    }

    @Test(arguments: ["{PLAIN}", "{CLEAR}"]) func nothingAbove256BytesIsCompared(_ scheme: String) {
        for (count, verifies) in [(256, true), (257, false)] {
            let password = String(repeating: "a", count: count)
            #expect(StoredPassword(scheme + password).verifies(Secret(password)) == verifies)
        }
    }

    @Test func neverShowsItself() {
        let stored = StoredPassword("{PLAIN}Secret1!")
        var dumped = ""
        dump(stored, to: &dumped)
        for shown in ["\(stored)", String(reflecting: stored), "\([stored])", dumped] {
            #expect(!shown.contains("Secret1!"))
        }
        #expect(stored.text == "{PLAIN}Secret1!")
    }
}
