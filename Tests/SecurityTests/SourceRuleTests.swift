import Testing

/// What no request can show, because it must hold for every line there is.
struct SourceRuleTests {
    /// C2: a name that a client sent is compared, never matched.
    @Test func noStatementMatchesPatterns() throws {
        #expect(try Sources.lines(below: "Sources", matching: #"\b(?:LIKE|GLOB|REGEXP|MATCH)\b"#) == [])
    }

    /// C1: a statement put together from text is one of the store's own.
    @Test func statementsAreWrittenInTheStoreOnly() throws {
        let files = try Sources.files(below: "Sources", matching: #"\btrusted:"#)
        #expect(!files.isEmpty && files.allSatisfy { $0.hasPrefix("Sources/MailStore/") })
        let words = #""\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE)\s"#
        #expect(try Sources.lines(below: "Sources/API", matching: words) == [])
        #expect(try Sources.lines(below: "Sources/postern", matching: words) == [])
    }

    /// A21: crypt(3) itself keeps one state for all threads.
    @Test func onlyTheCryptThatTakesAStateIsCalled() throws {
        let calls = try Sources.lines(below: "Sources", matching: #"\bcrypt_(?:r|rn|ra)\("#)
        #expect(calls.count == 1)
        #expect(calls.first?.hasPrefix("Sources/PasswordHash/Crypt.swift: guard let text = crypt_rn(phrase, ") == true)
        // Elsewhere `crypt` is a function of our own; the library's is seen in one file only.
        let importers = try Sources.files(below: "Sources", matching: #"import CCrypt$"#)
        #expect(importers == ["Sources/PasswordHash/Crypt.swift"])
        #expect(try Sources.lines(below: "Sources/PasswordHash/Crypt.swift", matching: #"\bcrypt\("#) == [])
    }

    /// A21, G14: what held a password is wiped.
    @Test(arguments: ["Secret.swift", "Crypt.swift", "CramMD5Hash.swift"])
    func whatHeldAPasswordIsWiped(_ file: String) throws {
        let wiped = try Sources.lines(below: "Sources/PasswordHash", matching: #"explicit_bzero\("#)
        #expect(wiped.contains { $0.hasPrefix("Sources/PasswordHash/\(file): ") })
    }

    /// G8: a clock that is set back or forward changes what is stored, and no wait.
    @Test func theWallClockIsReadInOnePlace() throws {
        let reads = try Sources.lines(
            below: "Sources", matching: #"\btime\(nil\)|gettimeofday|CLOCK_REALTIME|\bDate\(\)|Date\.now"#)
        #expect(reads.count == 1)
        #expect(reads.first?.hasPrefix("Sources/Mail/Moment.swift: package static func now()") == true)
        // Without it a condition variable waits by the wall clock.
        let waits = try Sources.files(below: "Sources", matching: "cond_timedwait")
        let clocks = try Sources.files(below: "Sources", matching: #"condattr_setclock\(.*CLOCK_MONOTONIC"#)
        #expect(waits == ["Sources/Threads/Monitor.swift"] && clocks == waits)
    }

    /// D8.
    @Test func noAnswerIsForOtherSites() throws {
        #expect(try Sources.lines(below: "Sources", matching: "(?i)access-control") == [])
    }

    /// E1, D5: what a client writes into a header of its own is not even read.
    @Test func noHeaderSpeaksOfAddressesOrMethods() throws {
        let headers = #"(?i)"HTTP_X_|x-forwarded|x-real-ip|"HTTP_FORWARDED|method[-_]override"#
        #expect(try Sources.lines(below: "Sources/FastCGI", matching: headers) == [])
        #expect(try Sources.lines(below: "Sources/API", matching: headers) == [])
        #expect(try Sources.lines(below: "Sources/Gateway", matching: headers) == [])
    }

    @Test func aRuleSeesCodeAndNoComments() throws {
        #expect(try !Sources.lines(below: "Sources/MailStore", matching: #"\bSELECT\b"#).isEmpty)
        #expect(try Sources.lines(below: "Sources/FastCGI", matching: #"^\s*///"#) == [])
    }
}
