import Gateway
import MailStore
import Storage
import Testing

/// Worked examples of `Contract.md` 12 to 17, by requests: the rows afterwards, and what the consumers decide.
struct PolicyExamplesTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let decisions: PolicyDecisions
    private let now = 1_769_904_000

    init() throws {
        api = try .withPolicyAccounts()
        admin = try api.globalAdmin()
        decisions = try api.policyDecisions()
    }

    // MARK: Spam policy

    @Test func examples1To3() throws {
        try admin.done(.put, "/api/spampolicy/domain/example.com", "quarantine_spam=yes&spam_score=5")
        #expect(
            try api.policyRow("@example.com") == [
                "spam_lover=N", "spam_quarantine_to=spam-quarantine", "spam_tag2_level=5.0", "spam_kill_level=5.0",
            ])
        #expect(try api.amavisdUsers() == ["@.|0|@.", "@example.com|5|@example.com"])
        try decisions.afterExample1()

        let user = "/api/spampolicy/user/u@example.com"
        try admin.done(.put, user, "spam_score=4&prefix_spam_in_subject=yes")
        #expect(
            try api.policyRow("u@example.com") == [
                "spam_tag2_level=4.0", "spam_kill_level=4.0", "spam_subject_tag2=[SPAM] ",
            ])
        #expect(
            try api.amavisdUsers() == [
                "@.|0|@.", "@example.com|5|@example.com", "u@example.com|10|u@example.com",
            ])
        try decisions.afterExample2()

        try admin.done(.put, user, "quarantine_spam=no")
        #expect(
            try api.policyRow("u@example.com") == [
                "spam_lover=Y", "spam_quarantine_to=", "spam_tag2_level=4.0", "spam_kill_level=4.0",
                "spam_subject_tag2=[SPAM] ",
            ])
        try decisions.afterExample3()
    }

    @Test func example4() throws {
        let user = "/api/spampolicy/user/u@example.com"
        try admin.done(.put, "/api/spampolicy/domain/example.com", "quarantine_spam=yes&spam_score=5")
        try admin.done(.put, user, "spam_score=4&quarantine_spam=no")
        try admin.done(.post, "/api/wblist/inbound/whitelist/u@example.com", "addresses=friend@far.test")
        try admin.done(.delete, user)
        #expect(try api.policyRow("u@example.com") == nil)
        #expect(try api.rows("SELECT policy_id FROM users WHERE email = 'u@example.com'", in: .amavisd) == ["0"])
        #expect(try admin.send(.get, user).body == #"{"_success": true, "_data": {}}"#)
        try decisions.afterExample4(friend: "friend@far.test")
    }

    @Test func example5() throws {
        try admin.done(.put, "/api/spampolicy/global", "always_insert_x_spam_headers=yes")
        try admin.done(.put, "/api/spampolicy/domain/example.com", "always_insert_x_spam_headers=no")
        #expect(try api.policyRow("@.")?.contains("spam_tag_level=-100.0") == true)
        #expect(try api.policyRow("@example.com") == ["spam_tag_level=2.0"])
        try decisions.afterExample5()
    }

    @Test func example6() throws {
        #expect(
            try admin.refusal(.put, "/api/spampolicy/domain/example.com", "quarantine_virus=maybe")
                == "INVALID_QUARANTINE_VIRUS")
    }

    // MARK: Throttling

    private func throttles() throws -> [String] {
        try api.rows(
            """
            SELECT account, kind, priority, period, msg_size, max_msgs, max_quota, max_rcpts
              FROM throttle
             ORDER BY priority
            """, in: .iredapd)
    }

    @Test func examples7To9And11() throws {
        let global = "@.|outbound|0|3600|-1|3|-1|-1"
        let domain = "@example.com|outbound|60|3600|1000|-1|5000|-1"
        try admin.done(.post, "/api/throttle/global/outbound", "period=3600&max_msgs=3")
        #expect(try throttles() == [global])
        try decisions.afterExample7(at: now)

        try admin.done(.post, "/api/throttle/example.com/outbound", "period=3600&msg_size=1000&max_quota=5000")
        #expect(try throttles() == [global, domain])
        try decisions.afterExample8(at: now)

        let vip = "/api/throttle/vip@example.com/outbound"
        try admin.done(.post, vip, "period=3600&max_msgs=0")
        #expect(try throttles() == [global, domain, "vip@example.com|outbound|100|3600|-1|0|-1|-1"])
        try decisions.afterExample9(at: now)

        let counted: SQL = """
            SELECT COUNT(*) FROM throttle_tracking WHERE tid IN (SELECT id FROM throttle WHERE account LIKE 'vip@%')
            """
        #expect(try api.rows(counted, in: .iredapd) == ["1"])
        try admin.done(.post, vip, "period=0")
        #expect(try throttles() == [global, domain])
        #expect(
            try api.rows(
                "SELECT COUNT(*) FROM throttle_tracking WHERE tid NOT IN (SELECT id FROM throttle)", in: .iredapd)
                == ["0"])
        #expect(try admin.send(.get, vip).body == #"{"_success": true, "_data": {}}"#)
        try decisions.afterExample11(at: now + 3601)
    }

    @Test func example10() throws {
        try admin.done(.post, "/api/throttle/example.com/inbound", "period=600&max_msgs=2")
        #expect(try throttles() == ["@example.com|inbound|60|600|-1|2|-1|-1"])
        try decisions.afterExample10(at: now)
    }

    @Test(arguments: [("max_msgs=5", "MISSING_PARAMETER"), ("max_msgs=5&period=abc", "INVALID_PERIOD")])
    func example12(_ form: String, _ word: String) throws {
        #expect(try admin.refusal(.post, "/api/throttle/example.com/outbound", form) == word)
    }

    // MARK: Greylisting

    private func greylistings() throws -> [String] {
        try api.rows(
            """
            SELECT account, priority, sender, sender_priority, active
              FROM greylisting
             ORDER BY priority
            """, in: .iredapd)
    }

    private func whitelists() throws -> [String] {
        try api.rows("SELECT account, sender FROM greylisting_whitelists ORDER BY account, sender", in: .iredapd)
    }

    private func enableGreylisting() throws {
        try admin.done(.post, "/api/greylisting/global", "status=enable")
        try admin.done(.post, "/api/greylisting/example.com", "status=disable")
        try admin.done(.post, "/api/greylisting/u@example.com", "status=enable")
    }

    @Test func examples13And14() throws {
        try enableGreylisting()
        #expect(try greylistings() == ["@.|0|@.|0|1", "@example.com|60|@.|0|0", "u@example.com|100|@.|0|1"])
        try decisions.afterExample13()
        try admin.done(.delete, "/api/greylisting/example.com")
        #expect(try greylistings() == ["@.|0|@.|0|1", "u@example.com|100|@.|0|1"])
        try decisions.afterExample14()
    }

    @Test func examples15To17() throws {
        try enableGreylisting()
        let global = "/api/greylisting/global/whitelists"
        try admin.done(
            .post, global, "senders=192.0.2.0/24,192.0.2.5/24,2620:0:2d0:200::7/128,x@far.test")
        let stored = ["@.|192.0.2.0/24", "@.|2620:0:2d0:200::7", "@.|x@far.test"]
        #expect(try whitelists() == stored)
        try decisions.afterExample15()

        try admin.done(.post, "/api/greylisting/example.com/whitelists", "addSenders=@wl2.test")
        #expect(try whitelists() == stored + ["@example.com|@wl2.test"])
        try decisions.afterExample16()

        #expect(try admin.refusal(.post, global, "senders=&addSenders=@a.test") == "PARAMETER_CONFLICT")
        #expect(try admin.refusal(.post, global, "senders=nonsense") == "INVALID_SENDER")
        try admin.done(.post, global, "senders=")
        #expect(try whitelists() == ["@example.com|@wl2.test"])
    }

    /// The row that the resolver writes is written by hand here.
    @Test func example18() throws {
        try admin.done(.post, "/api/greylisting/global", "status=enable")
        try admin.done(.post, "/api/greylisting/whitelist_spf_domains", "addDomains=redir.test")
        #expect(try api.rows("SELECT domain FROM greylisting_whitelist_domains", in: .iredapd) == ["redir.test"])
        try api.run(
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES ('@.', '192.0.2.128/25', 'AUTO-UPDATE: redir.test')
            """, on: .iredapd)
        try decisions.afterExample18()
        try admin.done(.post, "/api/greylisting/whitelist_spf_domains", "removeDomains=redir.test")
        for table in ["greylisting_whitelist_domains", "greylisting_whitelist_domain_spf"] {
            #expect(try api.rows(SQL(trusted: "SELECT COUNT(*) FROM \(table)"), in: .iredapd) == ["0"])
        }
    }

    // MARK: White/blacklists

    @Test func example19() throws {
        try admin.done(.post, "/api/wblist/inbound/blacklist/global", "addresses=@bad.test,garbage")
        try admin.done(.post, "/api/wblist/inbound/whitelist/u@example.com", "addresses=friend@bad.test")
        #expect(try api.amavisdUsers() == ["@.|0|@.", "u@example.com|10|NULL"])
        #expect(
            try api.rows("SELECT email, priority FROM mailaddr ORDER BY priority", in: .amavisd)
                == ["@bad.test|5", "friend@bad.test|10"])
        #expect(
            try api.rows(
                """
                SELECT users.email, mailaddr.email, wb
                  FROM wblist JOIN users ON users.id = rid JOIN mailaddr ON mailaddr.id = sid
                 ORDER BY wb
                """, in: .amavisd) == ["@.|@bad.test|B", "u@example.com|friend@bad.test|W"])
        try decisions.afterExample19()
    }

    @Test func example20() throws {
        let list = "/api/wblist/outbound/blacklist/example.com"
        try admin.done(.post, list, "addresses=@rival.test")
        let stored: SQL = """
            SELECT users.email, mailaddr.email, wb
              FROM outbound_wblist JOIN users ON users.id = sid JOIN mailaddr ON mailaddr.id = rid
            """
        #expect(try api.rows(stored, in: .amavisd) == ["@example.com|@rival.test|B"])
        try decisions.afterExample20()
        try api.addAdmin("dan@office.example", of: ["other.example"])
        #expect(try api.client("dan@office.example").refusal(.get, list) == "PERMISSION_DENIED")
        try admin.done(.put, list, "addresses=@rival.test")
        #expect(try api.rows(stored, in: .amavisd) == [])
    }
}
