import Gateway
import PasswordHash
import Storage
import Testing

/// How long a wrong login takes, at the shipped scheme and cost: `Security.md` A4. That a check at this cost is always
/// made is shown in `CredentialCheckTests`; here whole requests, in turn, so that a busy machine slows all of them.
@Suite(.serialized)
struct LoginTimeTests {
    @Test func tellsNothingOfTheAccount() throws {
        let api = try TestAPI(slowHashes: true)
        let slow = try PasswordHasher(bcryptCost: 10).hash(Secret("Right-1234"), .bcrypt)
        try api.addDomain("a.example")
        for name in ["known@office.example", "off@office.example"] {
            try api.addAdmin(name)
            try api.run("UPDATE admin SET password = \(slow) WHERE username = \(name)")
        }
        try api.run("UPDATE admin SET active = 0 WHERE username = 'off@office.example'")
        try api.addAdmin("legacy@office.example")  // {SSHA512}
        try api.addMailbox("user@a.example")
        let names = [
            "known@office.example", "no@office.example", "off@office.example", "legacy@office.example",
            "user@a.example", "no@a.example",
        ]
        var times: [String: [Duration]] = [:]
        for _ in 0..<9 {
            for name in names {
                let begun = ContinuousClock.now
                let answer = try api.nobody.send(.post, "/api/login", "username=\(name)&password=Wrong-1234")
                times[name, default: []].append(ContinuousClock.now - begun)
                #expect(answer.word == "INVALID_CREDENTIALS")
            }
        }
        let medians = try names.map { name in try #require(times[name]).sorted()[4] }
        print("login of a known account: \(medians[0]); the others' ratio to it:", terminator: "")
        for (name, median) in zip(names, medians).dropFirst() {
            let ratio = median / medians[0]
            print(" \(name) \((ratio * 1000).rounded() / 1000)", terminator: "")
            // Without the decoy it would be below 0.1, with two checks 2.
            #expect((0.6...1.6).contains(ratio), "\(name)")
        }
        print()
    }
}
