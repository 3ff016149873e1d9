import Glibc
import PasswordHash
import Testing

@Suite(.serialized)
struct CredentialCheckTests {
    static let hasher = PasswordHasher(bcryptCost: 10)
    static let fast = StoredPassword(
        "{SSHA512}+M3pAqAl7hLKIGBTP/0z5E2gLfP1fE1RTLbXyaLU1VeeKg+qnhs59SS/vBp+Ikc2UCaXxe9zu/Bsp8EcYQffhQECAwQFBgcI")

    @Test(arguments: [PasswordScheme.bcrypt, .sha512Crypt, .ssha512, .plain])
    func saysWhetherThePasswordIsRight(_ scheme: PasswordScheme) throws {
        let check = try CredentialCheck(scheme: scheme, hasher: Self.hasher)
        let own = try StoredPassword(Self.hasher.hash(Secret("Secret1!"), scheme))
        for stored in [own, Self.fast, StoredPassword("{PLAIN}Secret1!")] {
            #expect(check.verify(Secret("Secret1!"), against: stored))
            #expect(!check.verify(Secret("Secret2!"), against: stored))
        }
        for stored in [nil, StoredPassword(""), StoredPassword("*0"), StoredPassword("{NTLM}00")] {
            #expect(!check.verify(Secret("Secret1!"), against: stored))
        }
    }

    /// None, one and two checks are told apart, in processor time of this thread, the best of five. Closer bounds would
    /// measure the neighbours on the machine; an integration test compares medians of whole requests.
    @Test func takesTheSameTimeWhateverIsStored() throws {
        let check = try CredentialCheck(scheme: .bcrypt, hasher: Self.hasher)
        let known = try StoredPassword(Self.hasher.hash(Secret("Secret1!"), .bcrypt))
        let password = Secret("Secret2!")
        for stored in [nil, Self.fast, StoredPassword(""), StoredPassword("{CRYPT}*0"), StoredPassword("{PLAIN}x")] {
            let ratio = Self.ratio {
                check.verify(password, against: stored)
            } to: {
                check.verify(password, against: known)
            }
            #expect((0.7...1.4).contains(ratio))
        }
        let ratio = Self.ratio {
            check.verify(Secret("Secret1!"), against: known)
        } to: {
            check.verify(password, against: known)
        }
        #expect((0.7...1.4).contains(ratio))
    }

    @Test(arguments: [PasswordScheme.bcrypt, .sha512Crypt])
    func isMadeWithoutASlowHashYetCostsOne(_ scheme: PasswordScheme) throws {
        let check = try CredentialCheck(scheme: scheme, hasher: Self.hasher)
        let known = try StoredPassword(Self.hasher.hash(Secret("Secret1!"), scheme))
        let one = { known.verifies(Secret("Secret2!")) }
        #expect(
            (0.7...1.4).contains(
                Self.ratio {
                    check.verify(Secret("Secret2!"), against: nil)
                } to: {
                    one()
                }))
        // Nil would be a failure that the first line of this test has thrown already.
        #expect(
            Self.ratio {
                (try? CredentialCheck(scheme: scheme, hasher: Self.hasher)) != nil
            } to: {
                one()
            } < 0.5)
    }

    @Test(arguments: PasswordScheme.allCases) func isMadeForEachScheme(_ scheme: PasswordScheme) throws {
        let check = try CredentialCheck(scheme: scheme, hasher: Self.hasher)
        #expect(!check.verify(Secret("Secret2!"), against: nil))
    }

    @Test func anotherCostOfTheSameSchemeDoesNotHideTheDefault() throws {
        let check = try CredentialCheck(scheme: .bcrypt, hasher: Self.hasher)
        let cheap = StoredPassword("{BLF-CRYPT}$2y$05$tuBh2bmPVeb3oGC/y3/5veOB00ub5LQOktxLKfWhVAKGgoPisiJ32")
        let password = Secret("Secret1!")
        #expect(check.verify(password, against: cheap))
        let ratio = Self.ratio {
            check.verify(password, against: cheap)
        } to: {
            check.verify(password, against: nil)
        }
        #expect((0.7...1.4).contains(ratio))
    }

    /// What one takes in processor time of this thread for each time of the other; they take turns, and the best of
    /// each counts, so that a machine whose speed changes slows both.
    private static func ratio(of one: () -> Bool, to other: () -> Bool) -> Double {
        var best = (one: Double.infinity, other: Double.infinity)
        for _ in 0..<7 {
            best.one = min(best.one, time(one))
            best.other = min(best.other, time(other))
        }
        return best.one / best.other
    }

    private static func time(_ body: () -> Bool) -> Double {
        let start = processorTime()
        _ = body()
        return processorTime() - start
    }

    private static func processorTime() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
