import Gateway
import Settings
import Storage
import Testing

/// One call about very many users: `Security.md` F4.
struct ManyMailboxesTests {
    @Test(.timeLimit(.minutes(2))) func aPasswordForAllIsHashedOnceAndHoldsTheLockShortly() throws {
        let api = try TestAPI(Settings().with(Settings.defaultPasswordScheme, "BCRYPT"), slowHashes: true)
        try api.addDomain("a.example")
        let count = NewState.isOnServer ? 5000 : 100_000
        try api.run(
            """
            INSERT INTO mailbox (username, domain, password)
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(count))
            SELECT 'u' || n || '@a.example', 'a.example', '{PLAIN}x' FROM number
            """)
        let admin = try api.globalAdmin()
        let begun = ContinuousClock.now
        try admin.done(.put, "/api/users/a.example", "password=Other-5678")
        let taken = ContinuousClock.now - begun
        print("a password for \(count) users: \(taken)")
        #expect(
            try api.rows(
                "SELECT COUNT(*), COUNT(DISTINCT password), COUNT(NULLIF(password LIKE '{CRYPT}$2b$10$%', FALSE)) FROM mailbox"
            )
                == ["\(count)|1|\(count)"])
        // Hashed for each of them it would take hours.
        #expect(taken < .seconds(30))
        #expect(try api.log().count { $0.hasPrefix("update|") } == 1)
    }
}
