import Foundation
import Gateway
import MailStore
import Storage
import Testing

/// The rows that `postern spf-refresh` makes of what it found.
struct SPFSendersTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        for domain in ["a.test", "b.test", "c.test"] { try list(domain) }
    }

    private func list(_ domain: String) throws {
        try api.run("INSERT INTO greylisting_whitelist_domains (domain) VALUES (\(domain))", on: .iredapd)
    }

    private func unlist(_ domain: String) throws {
        try api.run("DELETE FROM greylisting_whitelist_domains WHERE domain = \(domain)", on: .iredapd)
    }

    private func add(_ sender: String, _ comment: String, account: String = "@.") throws {
        try api.run(
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES (\(account), \(sender), \(comment))
            """, on: .iredapd)
    }

    private func ask(_ method: Gateway.Method, _ target: String, _ form: String = "") throws -> Answer {
        var request = Request(method, target, from: "")
        request.isFromOperator = true
        request.peer = 0
        request.body = Array(form.utf8)
        return try api.send(request)
    }

    /// The answer to the senders of a domain.
    @discardableResult
    private func put(_ domain: String, _ senders: String) throws -> String {
        try ask(.put, "/postern/spf_senders", "domain=\(domain)&senders=\(senders)").body
    }

    private static func changed(_ added: Int, _ reassigned: Int, _ removed: Int) -> String {
        #"{"_success": true, "_data": {"added": \#(added), "taken_over": \#(reassigned), "removed": \#(removed)}}"#
    }

    private func rows() throws -> [String] {
        try api.rows(
            "SELECT account, sender, comment FROM greylisting_whitelist_domain_spf ORDER BY sender COLLATE BINARY, account",
            in: .iredapd)
    }

    /// Changes with every commit to the file.
    private func version() throws -> (String, Int) {
        if NewState.isOnServer { return (try api.contents().joined(), 0) }
        let path = "\(api.directory)/\(StoreFile.iredapd.relativePath)-wal"
        let log = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return (try api.contents().joined(), try #require(log))
    }

    @Test func theListedDomainsAreInAlphabeticalOrder() throws {
        try list("_spf.a.test")
        #expect(
            try ask(.get, "/postern/spf_domains").body
                == #"{"_success": true, "_data": ["_spf.a.test", "a.test", "b.test", "c.test"]}"#)
    }

    @Test func nobodyButTheOperatorSeesThesePaths() throws {
        let client = try api.globalAdmin()
        for (method, path) in [
            (Method.get, "/postern/spf_domains"), (.put, "/postern/spf_senders"), (.delete, "/postern/spf_senders"),
        ] {
            #expect(try client.send(method, path, "domain=a.test&senders=").word == "NOT_FOUND")
        }
    }

    @Test func aSenderGetsARowForEveryRecipient() throws {
        #expect(try put("b.test", "192.0.2.0/24,198.51.100.9,2001:db8::1,2001:db8:1::/48") == Self.changed(4, 0, 0))
        #expect(
            try rows() == [
                "@.|192.0.2.0/24|AUTO-UPDATE: b.test", "@.|198.51.100.9|AUTO-UPDATE: b.test",
                "@.|2001:db8:1::/48|AUTO-UPDATE: b.test", "@.|2001:db8::1|AUTO-UPDATE: b.test",
            ])
    }

    @Test func whatADomainNoLongerHasGoes() throws {
        try put("b.test", "192.0.2.1,192.0.2.2")
        try add("192.0.2.2", "AUTO-UPDATE: b.test", account: "jo@x.test")
        #expect(try put("b.test", "192.0.2.2,192.0.2.3") == Self.changed(1, 0, 2))
        #expect(try rows() == ["@.|192.0.2.2|AUTO-UPDATE: b.test", "@.|192.0.2.3|AUTO-UPDATE: b.test"])
        #expect(try put("b.test", "") == Self.changed(0, 0, 2))
        #expect(try rows() == [])
    }

    @Test func theFirstDomainOwnsASharedSender() throws {
        try put("b.test", "192.0.2.1,192.0.2.2")
        #expect(try put("a.test", "192.0.2.1") == Self.changed(0, 1, 0))
        #expect(try put("b.test", "192.0.2.1,192.0.2.2") == Self.changed(0, 0, 0))
        #expect(try put("c.test", "192.0.2.1,192.0.2.2") == Self.changed(0, 0, 0))
        #expect(try rows() == ["@.|192.0.2.1|AUTO-UPDATE: a.test", "@.|192.0.2.2|AUTO-UPDATE: b.test"])
    }

    @Test func aSenderGoesOnUnderTheNextDomain() throws {
        for domain in ["a.test", "b.test"] { try put(domain, "192.0.2.1") }
        #expect(try put("a.test", "") == Self.changed(0, 0, 1))
        #expect(try put("b.test", "192.0.2.1") == Self.changed(1, 0, 0))
        #expect(try rows() == ["@.|192.0.2.1|AUTO-UPDATE: b.test"])
    }

    @Test func aDomainThatIsNoLongerListedLosesItsSendersToOthers() throws {
        try put("a.test", "192.0.2.1,192.0.2.2")
        try unlist("a.test")
        #expect(try put("b.test", "192.0.2.1") == Self.changed(0, 1, 0))
        #expect(try ask(.delete, "/postern/spf_senders").body == #"{"_success": true, "_data": {"removed": 1}}"#)
        #expect(try rows() == ["@.|192.0.2.1|AUTO-UPDATE: b.test"])
    }

    @Test func aDomainThatIsNotListedGetsNoRows() throws {
        let before = try version()
        #expect(try put("d.test", "192.0.2.1") == #"{"_success": false, "_msg": "NO_SUCH_ACCOUNT"}"#)
        #expect(try version() == before)
    }

    private static let foreign = [
        "", "admin", "AUTO-UPDATE", "AUTO-UPDATE:b.test", "auto-update: b.test", " AUTO-UPDATE: b.test",
        "AUTO-UPDATE_ b.test",
    ]

    @Test func rowsWithOtherCommentsAreNeverTouched() throws {
        for (index, comment) in Self.foreign.enumerated() { try add("192.0.2.\(index)", comment) }
        let before = try rows()
        let senders = Self.foreign.indices.map { "192.0.2.\($0)" }.joined(separator: ",")
        for domain in ["a.test", "b.test"] { #expect(try put(domain, senders) == Self.changed(0, 0, 0)) }
        #expect(try put("b.test", "") == Self.changed(0, 0, 0))
        _ = try ask(.delete, "/postern/spf_senders")
        #expect(try rows() == before)
    }

    @Test func theRowsOfFormerProgramsGoFromTheAdminsWhitelist() throws {
        for (index, comment) in (Self.foreign + ["AUTO-UPDATE: a.test", "AUTO-UPDATE: gone.test"]).enumerated() {
            try api.run(
                """
                INSERT INTO greylisting_whitelists (account, sender, comment)
                VALUES ('@.', \("192.0.2.\(index)"), \(comment))
                """, on: .iredapd)
        }
        #expect(try ask(.delete, "/postern/spf_senders").body == #"{"_success": true, "_data": {"removed": 2}}"#)
        #expect(try api.rows("SELECT comment FROM greylisting_whitelists ORDER BY id", in: .iredapd) == Self.foreign)
    }

    @Test func whatWasNotedOfANewAddressIsForgotten() throws {
        try put("b.test", "192.0.2.9")
        for address in ["192.0.2.1", "192.0.2.9", "198.51.100.1", "2001:db8::1"] {
            try api.run(
                """
                INSERT INTO greylisting_tracking (sender, recipient, client_address)
                VALUES ('jo@x.test', 'info@y.test', \(address))
                """, on: .iredapd)
        }
        try put("b.test", "192.0.2.1,192.0.2.9,198.51.100.0/24,2001:db8::1")
        #expect(
            try api.rows("SELECT client_address FROM greylisting_tracking ORDER BY id", in: .iredapd)
                == ["192.0.2.9", "198.51.100.1"])
    }

    @Test func aSecondRunWithTheSameSendersWritesNothing() throws {
        func run() throws {
            try put("a.test", "192.0.2.1,2001:db8::/32")
            try put("b.test", "192.0.2.1,192.0.2.2")
            try put("c.test", "")
            _ = try ask(.delete, "/postern/spf_senders")
        }
        try run()
        let before = try version()
        try run()
        #expect(try version() == before)
        // A change does show.
        try put("c.test", "192.0.2.3")
        #expect(try version() != before)
    }

    @Test func theAdminLogDoesNotMentionIt() throws {
        let before = try api.log()
        try put("a.test", "192.0.2.1")
        #expect(try api.log() == before)
    }

    @Test(arguments: [
        ("domain=a.test", "MISSING_PARAMETER"), ("senders=192.0.2.1", "MISSING_PARAMETER"),
        ("domain=a.test&senders=192.0.2.1,192.0.2.7/24", "INVALID_PARAMETER"),
        ("domain=a.test&senders=a.test", "INVALID_PARAMETER"), ("domain=@a.test&senders=", "INVALID_DOMAIN_NAME"),
    ])
    func mistakesAreRefusedAndChangeNothing(_ form: String, _ word: String) throws {
        try put("a.test", "192.0.2.5")
        let before = try version()
        #expect(try ask(.put, "/postern/spf_senders", form).word == word)
        #expect(try version() == before)
    }

    @Test func aNameThatNoPathCouldHoldIsListedLikeOthers() throws {
        let name = "_spf.\(String(repeating: "x", count: 40))"
        try list(name)
        #expect(try put(name, "192.0.2.1") == Self.changed(1, 0, 0))
    }

    @Test func whateverTheRunsTheFirstDomainThatHasASenderOwnsIt() throws {
        let domains = ["a.test", "b.test", "c.test"]
        for _ in 0..<30 {
            let senders = domains.map { _ in (1...6).filter { _ in Bool.random() }.map { "192.0.2.\($0)" } }
            for (domain, own) in zip(domains, senders) { try put(domain, own.joined(separator: ",")) }
            var expected: [String] = []
            for number in 1...6 {
                let sender = "192.0.2.\(number)"
                guard let owner = zip(domains, senders).first(where: { $0.1.contains(sender) })?.0 else { continue }
                expected.append("@.|\(sender)|AUTO-UPDATE: \(owner)")
            }
            #expect(try rows() == expected)
        }
    }

    /// A run may begin anywhere, and end before all had their turn.
    @Test func inWhateverOrderTheRowsBecomeTheSame() throws {
        let domains = ["a.test", "b.test", "c.test"]
        for round in 0..<30 {
            let senders = domains.map { _ in (1...6).filter { _ in Bool.random() }.map { "192.0.2.\($0)" } }
            let own = Dictionary(uniqueKeysWithValues: zip(domains, senders.map { $0.joined(separator: ",") }))
            // Behind the last one, then from the front, and those behind once more: what a run that goes on does.
            let behind = domains.suffix(round % 3)
            for domain in behind + domains.dropLast(behind.count) + behind { try put(domain, own[domain] ?? "") }
            var expected: [String] = []
            for number in 1...6 {
                let sender = "192.0.2.\(number)"
                guard let owner = zip(domains, senders).first(where: { $0.1.contains(sender) })?.0 else { continue }
                expected.append("@.|\(sender)|AUTO-UPDATE: \(owner)")
            }
            #expect(try rows() == expected)
            let before = try version()
            for domain in domains.shuffled() { try put(domain, own[domain] ?? "") }
            #expect(try version() == before, "there is nothing left to change, in any order")
        }
    }

    @Test func asManySendersAsADomainMayHaveFitIntoOneRequest() throws {
        let senders = (0..<2000).map { "2001:db8:\(String($0 + 0x1000, radix: 16)):2222:3333:4444:5555:6666" }
        let form = senders.joined(separator: "%2C").replacingOccurrences(of: ":", with: "%3A")
        #expect(form.utf8.count + 300 < 128 * 1024)
        #expect(try put("a.test", form) == Self.changed(2000, 0, 0))
        #expect(try put("a.test", form) == Self.changed(0, 0, 0))
    }
}
