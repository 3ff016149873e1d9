import PasswordHash
import Testing

struct PasswordHasherTests {
    /// Salts are the bytes 1, 2, 3 …; expected values by Python's hashlib, `openssl passwd` and `doveadm pw`.
    static let expected: [(PasswordScheme, String)] = [
        (
            .ssha512,
            "{SSHA512}+M3pAqAl7hLKIGBTP/0z5E2gLfP1fE1RTLbXyaLU1VeeKg+qnhs59SS/vBp+Ikc2UCaXxe9zu/Bsp8EcYQffhQECAwQFBgcI"
        ),
        (.ssha256, "{SSHA256}11YVXU44KGxCturo/vJGIrBQhBGr8z5QXMexZPMhRskBAgMEBQYHCA=="),
        (.ssha, "{SSHA}qdTeR43PyhtpGBd9M0SCeTEYjXIBAgMEBQYHCA=="),
        (.sha512, "{SHA512}yki1HMlzTIQdNeb1nRR6+SJt5nAW1+qY7Ywo/kcxvYoKvb0AViYWEESVOMjTQSM2BqLD63772pG+Nyd5JqHzlw=="),
        (.sha256, "{SHA256}DMtD4U8BYXSQQadsSMJwyUFu3ADb1wa7y6gLBAWdWe0="),
        (.sha, "{SHA}znbJr3+tymFoQD4+Njh4ITtI7Cc="),
        (.plainMD5, "{PLAIN-MD5}f35dfb0188858f6292ed0ab40bd8597b"),
        (.plain, "{PLAIN}Secret1!"),
        (.cramMD5, "{CRAM-MD5}cb6af7e65c33e4bc7f3162a26e9d6a0f1f28d7e80e47261ad9ecae52127219a6"),
        (.bcrypt, "{CRYPT}$2b$10$.OGB/.SE/ueHAeqKBO2NC.ebzV7b/jEBHGEN3ol5QeSAzNB4gsNia"),
        (
            .sha512Crypt,
            "{SHA512-CRYPT}$6$/6k.2IU/5UE08g.1$MLekL2jjn8dQ4UWptH2Tso0teK.qTM2/TwSFmiL9pI1zNt91P4lXEXCwuWVm8VlspzVT18ATCmm47DHI/22i51"
        ),
        (.md5, "{CRYPT}$1$/6k.2IU/$1HtJJKZ1QJH4mK0xnIQLT0"),
    ]

    @Test(arguments: expected) func writes(_ scheme: PasswordScheme, _ stored: String) throws {
        let counting = RandomSource { count in (1...UInt8(count)).map { $0 } }
        let hasher = PasswordHasher(bcryptCost: 10, random: counting)
        #expect(try hasher.hash(Secret("Secret1!"), scheme) == stored)
    }

    @Test func knowsTheValuesOfTheSettings() {
        #expect(
            PasswordScheme.allCases.map(\.rawValue) == [
                "SSHA512", "SSHA256", "SSHA", "SHA512", "SHA256", "SHA", "BCRYPT", "SHA512-CRYPT", "MD5", "PLAIN-MD5",
                "PLAIN", "CRAM-MD5",
            ])
    }

    @Test(arguments: PasswordScheme.allCases)
    func saltsDifferently(_ scheme: PasswordScheme) throws {
        let hasher = PasswordHasher(bcryptCost: 10)
        let unsalted: [PasswordScheme] = [.sha512, .sha256, .sha, .plainMD5, .plain, .cramMD5]
        let same = try hasher.hash(Secret("Secret1!"), scheme) == hasher.hash(Secret("Secret1!"), scheme)
        #expect(same == unsalted.contains(scheme))
    }

    @Test(arguments: PasswordScheme.allCases)
    func makesATextThatIsNotThePassword(_ scheme: PasswordScheme) throws {
        let text = try PasswordHasher(bcryptCost: 10).hash(Secret("Secret1!"), scheme)
        let stored = StoredPassword(text)
        #expect(stored.verifies(Secret("Secret1!")))
        #expect(!stored.verifies(Secret("Secret1?")))
        #expect(!stored.verifies(Secret(text)))
        #expect(stored.isSlow == scheme.isSlow)
        #expect(StoredPassword.acceptable(text) == stored)
    }

    @Test func usesTheCostItWasGiven() throws {
        #expect(try PasswordHasher(bcryptCost: 11).hash(Secret("Secret1!"), .bcrypt).hasPrefix("{CRYPT}$2b$11$"))
        #expect(PasswordHasher.bcryptCosts == 10...15)
    }

    @Test(arguments: ["{PLAIN}x", "{CRYPT}$1$1234abcd$OymwNgt/Wwe.TlUz7leU70", "{SSHA512}abc", "*0"])
    func takesAHashTextAsAPlainPassword(_ password: String) throws {
        for scheme in PasswordScheme.allCases {
            let stored = try StoredPassword(PasswordHasher(bcryptCost: 10).hash(Secret(password), scheme))
            #expect(stored.verifies(Secret(password)))
            #expect(!stored.verifies(Secret("x")))
            #expect(!stored.verifies(Secret("Secret1!")))
        }
    }

    @Test(arguments: PasswordScheme.allCases)
    func refusesWhatWouldBeCut(_ scheme: PasswordScheme) throws {
        let hasher = PasswordHasher(bcryptCost: 10)
        let longest = scheme == .bcrypt ? 72 : 256
        let password = Secret(String(repeating: "a", count: longest))
        #expect(try StoredPassword(hasher.hash(password, scheme)).verifies(password))
        #expect(throws: PasswordHashError.passwordTooLong) {
            try hasher.hash(Secret(String(repeating: "a", count: longest + 1)), scheme)
        }
        for text in ["abc\0x", "\0", "abc\0"] {
            #expect(throws: PasswordHashError.passwordContainsNUL) { try hasher.hash(Secret(text), scheme) }
        }
        #expect(throws: PasswordHashError.emptyPassword) { try hasher.hash(Secret(""), scheme) }
    }

    @Test func storesNoClearTextThatIsNotText() throws {
        let hasher = PasswordHasher(bcryptCost: 10)
        #expect(throws: PasswordHashError.passwordIsNotText) { try hasher.hash(Secret([0xff, 0x41]), .plain) }
        #expect(try StoredPassword(hasher.hash(Secret([0xff, 0x41]), .ssha512)).verifies(Secret([0xff, 0x41])))
    }

    @Test func failsWithoutRandomness() {
        let dry = RandomSource { _ throws(PasswordHashError) in throw .noRandomness }
        #expect(throws: PasswordHashError.noRandomness) {
            try PasswordHasher(bcryptCost: 10, random: dry).hash(Secret("Secret1!"), .ssha512)
        }
    }

    @Test(arguments: PasswordScheme.allCases.filter { !$0.isSlow })
    func randomPasswordsRoundTrip(_ scheme: PasswordScheme) throws {
        let hasher = PasswordHasher(bcryptCost: 10)
        var generator = Seeded(state: 20_240_229)
        for _ in 0..<500 {
            let length = Int.random(in: 2...256, using: &generator)
            var bytes = (0..<length).map { _ in UInt8.random(in: 32...126, using: &generator) }
            let stored = StoredPassword(try hasher.hash(Secret(bytes), scheme))
            #expect(stored.verifies(Secret(bytes)))
            bytes.swapAt(0, length - 1)
            bytes[Int.random(in: 0..<length, using: &generator)] ^= 0x80
            #expect(!stored.verifies(Secret(bytes)))
        }
    }

    /// SplitMix64, so that a failure can be repeated.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
