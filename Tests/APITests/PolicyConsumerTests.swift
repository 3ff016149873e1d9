import MailStore
import Storage
import Testing

/// What the judge over the policies knows beyond the worked examples; rows are written by hand.
struct PolicyConsumerTests {
    private let api: TestAPI
    private let consumer: PolicyConsumer
    private let now = 1_769_904_000

    init() throws {
        api = try .withPolicyAccounts()
        consumer = try api.policyConsumer()
    }

    private func addList(_ table: StaticString, _ account: String, _ address: String, _ colour: String) throws {
        let isInbound = table.description == "wblist"
        let levels = ["@.": 0, "@example.com": 5]
        try api.run(
            """
            INSERT INTO users (email, priority, policy_id) VALUES (\(account), \(levels[account] ?? 10), 0)
                ON CONFLICT DO NOTHING
            """, on: .amavisd)
        let level = address.contains("/") ? 7 : address.hasPrefix("@") ? 5 : address.contains("@") ? 10 : 9
        try api.run(
            "INSERT INTO mailaddr (email, priority) VALUES (\(address), \(level)) ON CONFLICT DO NOTHING", on: .amavisd)
        let values: SQL =
            isInbound
            ? """
            INSERT INTO wblist (rid, sid, wb)
            SELECT users.id, mailaddr.id, \(colour) FROM users, mailaddr
             WHERE users.email = \(account) AND mailaddr.email = \(address)
            """
            : """
            INSERT INTO outbound_wblist (sid, rid, wb)
            SELECT users.id, mailaddr.id, \(colour) FROM users, mailaddr
             WHERE users.email = \(account) AND mailaddr.email = \(address)
            """
        try api.run(values, on: .amavisd)
    }

    // MARK: amavisd

    @Test func theShippedPolicyDiscardsVirusesAndPassesSpam() throws {
        #expect(
            try consumer.amavisdOutcome(MailContent(hasVirus: true), to: "u@example.com")
                == .init(quarantine: "virus-quarantine", isDelivered: false))
        #expect(
            try consumer.amavisdOutcome(MailContent(hasBannedPart: true), to: "u@example.com")
                == .init(quarantine: "banned-quarantine", isDelivered: false))
        #expect(try consumer.amavisdOutcome(MailContent(hasBadHeader: true), to: "u@example.com") == .init())
        #expect(
            try consumer.amavisdOutcome(MailContent(score: 6.9), to: "u@example.com")
                == .init(hasSpamHeaders: true, isFlagged: true, subjectPrefix: "***SPAM*** "))
    }

    @Test(arguments: [("N", false), ("n", false), ("0", false), (" ", false), ("Y", true), ("1", true)])
    func aBypassIsReadAsABoolean(_ stored: String, _ isBypassed: Bool) throws {
        try api.run("UPDATE policy SET bypass_virus_checks = \(stored)", on: .amavisd)
        #expect(try consumer.amavisdOutcome(MailContent(hasVirus: true), to: "u@example.com").isDelivered == isBypassed)
    }

    @Test func anExtensionHasItsUsersPolicy() throws {
        try api.run("INSERT INTO policy (policy_name, spam_kill_level) VALUES ('u@example.com', 1)", on: .amavisd)
        try api.run(
            """
            INSERT INTO users (email, priority, policy_id)
            SELECT 'u@example.com', 10, id FROM policy WHERE policy_name = 'u@example.com'
            """, on: .amavisd)
        #expect(
            try consumer.amavisdPolicy(of: "u+shop@example.com").columns["spam_kill_level"]
                == .init(text: "1.0", account: "u@example.com"))
        #expect(try consumer.amavisdPolicy(of: "w@example.com").columns["spam_kill_level"] == nil)
    }

    @Test func aListedSendersSpamIsJudgedByTheList() throws {
        try api.run("UPDATE policy SET spam_lover = 'N', spam_quarantine_to = 'spam-quarantine'", on: .amavisd)
        try addList("wblist", "@.", "@far.test", "B")
        try addList("wblist", "u@example.com", "@far.test", "W")
        #expect(
            try consumer.amavisdOutcome(MailContent(score: 100), to: "u@example.com")
                == .init(hasSpamHeaders: true))
        #expect(
            try consumer.amavisdOutcome(MailContent(), to: "w@example.com")
                == .init(
                    hasSpamHeaders: true, isFlagged: true, subjectPrefix: "***SPAM*** ", quarantine: "spam-quarantine",
                    isDelivered: false))
        #expect(try consumer.amavisdOutcome(MailContent(hasVirus: true), to: "u@example.com").isDelivered == false)
        let written = try consumer.amavisdOutcome(
            MailContent(score: 7), to: "u@example.com", from: "x@near.test", author: "s@far.test")
        #expect(written.isDelivered)
    }

    // MARK: Throttling

    @Test func aWindowIsFixedAndRejectedMailIsNotCounted() throws {
        try api.run(
            "INSERT INTO throttle (account, priority, period, max_msgs) VALUES ('@.', 0, 60, 1)", on: .iredapd)
        let mail = PolicyMail.authenticated("u@example.com")
        #expect(try consumer.throttle(mail, at: now) == .none)
        #expect(try consumer.throttle(mail, at: now + 60) == .overQuota)
        #expect(
            try api.rows("SELECT account, cur_msgs, cur_quota FROM throttle_tracking", in: .iredapd)
                == ["u@example.com|1|900"])
        #expect(try consumer.throttle(mail, at: now + 61) == .none)
    }

    @Test func aZeroStopsTheSearchAndARowWithoutPeriodIsSkipped() throws {
        try api.run(
            """
            INSERT INTO throttle (account, priority, period, msg_size, max_rcpts)
            VALUES ('@.', 0, 60, 10, 2), ('@example.com', 60, 60, 0, -1), ('u@example.com', 100, 0, 1, 1)
            """, on: .iredapd)
        var mail = PolicyMail.authenticated("u@example.com")
        #expect(try consumer.throttle(mail, at: now) == .none)
        mail.recipientCount = 3
        #expect(try consumer.throttle(mail, at: now) == .tooManyRecipients)
        #expect(try consumer.throttle(.authenticated("w@other.example"), at: now) == .tooLarge)
    }

    @Test func aDomainsOwnMailIsNotThrottledNorInboundMailOfAuthenticatedClients() throws {
        try api.run(
            """
            INSERT INTO throttle (account, kind, priority, period, msg_size)
            VALUES ('@.', 'outbound', 0, 60, 10), ('@other.example', 'outbound', 60, 60, 0),
                   ('@.', 'inbound', 0, 60, 10)
            """, on: .iredapd)
        #expect(try consumer.throttle(.authenticated("u@example.com", to: "w@example.com"), at: now) == .none)
        #expect(try consumer.throttle(.authenticated("w@other.example", to: "u@example.com"), at: now) == .none)
        let foreign = PolicyMail(sender: "s@far.test", recipient: "u@example.com")
        #expect(try consumer.throttle(foreign, at: now) == .tooLarge)
        let local = PolicyMail(sender: "u@example.com", recipient: "x@far.test", client: "127.0.0.1")
        #expect(try consumer.throttle(local, at: now) == .tooLarge)
    }

    // MARK: Greylisting

    @Test func aTripletPassesAfterAQuarterOfAnHourAndItsClientFromThenOn() throws {
        try api.run("INSERT INTO greylisting (account, sender) VALUES ('@.', '@.')", on: .iredapd)
        let mail = PolicyMail(sender: "s@far.test", recipient: "u@example.com")
        #expect(try consumer.greylist(mail, at: now) == .greylisted)
        #expect(try consumer.greylist(mail, at: now + 900) == .greylisted)
        let other = PolicyMail(sender: "t@far.test", recipient: "w@example.com")
        #expect(try consumer.greylist(other, at: now + 901) == .greylisted)
        #expect(try consumer.greylist(mail, at: now + 901) == .none)
        #expect(try consumer.greylist(other, at: now + 902) == .none)
        #expect(try consumer.greylist(other, at: now + 902 + 30 * 86_400) == .none)
        #expect(try consumer.greylist(other, at: now + 903 + 60 * 86_400) == .greylisted)
    }

    @Test func anUnpassedTripletIsForgottenAfterADay() throws {
        try api.run("INSERT INTO greylisting (account, sender) VALUES ('@.', '@.')", on: .iredapd)
        let mail = PolicyMail(sender: "s@far.test", recipient: "u@example.com")
        #expect(try consumer.greylist(mail, at: now) == .greylisted)
        #expect(try consumer.greylist(mail, at: now + 86_401) == .greylisted)
        #expect(try consumer.greylist(mail, at: now + 86_401 + 901) == .none)
    }

    @Test(arguments: [
        ("10.0.0.0/7", "10.1.2.3", false), ("10.0.0.0/7", "11.1.2.3", true), ("10.0.0.0/8", "10.1.2.3", false),
        ("2001:db8::/32", "2001:db8::5", false), ("2001:db8:0:0:0:0:0:0/32", "2001:db8::5", true),
        ("2001:db8::/32", "2001:db9::5", true), ("192.0.2.7/32", "192.0.2.7", false),
        ("192.0.2.*", "192.0.2.7", true), ("::/0", "2001:db8::5", true),
    ])
    func aNetworkIsComparedOnlyUnderItsFirstPart(_ entry: String, _ client: String, _ isGreylisted: Bool) throws {
        try api.run("INSERT INTO greylisting (account, sender) VALUES ('@.', '@.')", on: .iredapd)
        try api.run("INSERT INTO greylisting_whitelists (account, sender) VALUES ('@.', \(entry))", on: .iredapd)
        let mail = PolicyMail(sender: "s@far.test", recipient: "u@example.com", client: client)
        #expect(try consumer.greylistingDecision(mail).isOn == isGreylisted)
    }

    @Test func aSettingForOneSenderStandsBeforeThatForAll() throws {
        try api.run(
            """
            INSERT INTO greylisting (account, priority, sender, sender_priority, active)
            VALUES ('@.', 0, '@.', 0, 1), ('@.', 0, '@.far.test', 50, 0)
            """, on: .iredapd)
        let mail = PolicyMail(sender: "s@deep.far.test", recipient: "u@example.com")
        #expect(
            try consumer.greylistingDecision(mail)
                == .init(isOn: false, list: "greylisting", account: "@.", sender: "@.far.test"))
        let bounce = PolicyMail(sender: "", recipient: "u@example.com")
        #expect(try consumer.greylist(bounce, at: now) == .greylisted)
    }

    // MARK: White/blacklists

    @Test func networksComeLastAndOnlyIPv4OnesUnderTheirFirstOctet() throws {
        try addList("wblist", "@.", "192.0.2.0/24", "B")
        try addList("wblist", "@.", "@far.test", "W")
        try addList("wblist", "@.", "2001:db8::/32", "B")
        try addList("wblist", "@.", "2001:db8::5", "B")
        try addList("wblist", "@.", "10.0.0.0/7", "B")
        func list(_ sender: String, _ client: String) throws -> PolicyVerdict {
            try consumer.list(PolicyMail(sender: sender, recipient: "u@example.com", client: client))
        }
        #expect(try list("s@near.test", "192.0.2.9") == .blacklisted)
        #expect(try list("s@far.test", "192.0.2.9") == .ok)
        #expect(try list("s@near.test", "2001:db8::5") == .blacklisted)
        #expect(try list("s@near.test", "2001:db8::6") == .none)
        #expect(try list("s@near.test", "10.0.0.1") == .blacklisted)
        #expect(try list("s@near.test", "11.0.0.1") == .none)
        #expect(try list("", "192.0.2.9") == .none)
        #expect(try list("u@example.com", "192.0.2.9") == .none)
    }

    @Test func theInboundListHoldsForMailBetweenOurUsersToo() throws {
        try addList("wblist", "u@example.com", "@other.example", "B")
        #expect(try consumer.list(.authenticated("w@other.example", to: "u@example.com")) == .blacklisted)
        #expect(try consumer.list(.authenticated("w@other.example", to: "u@alias.example")) == .blacklisted)
        #expect(try consumer.list(.authenticated("w@other.example", to: "u@far.test")) == .none)
    }

    @Test func anOutboundWelcomeIsNotTheLastWord() throws {
        try addList("outbound_wblist", "w@other.example", "@example.com", "W")
        try addList("outbound_wblist", "@.", "@example.com", "B")
        try addList("wblist", "u@example.com", "@other.example", "B")
        #expect(try consumer.list(.authenticated("w@other.example", to: "u@example.com")) == .blacklisted)
        #expect(try consumer.list(.authenticated("w@other.example", to: "vip@example.com")) == .none)
    }

    /// Why the numbers of `mailaddr` begin far from those of `users`.
    @Test func aNetworksNumberIsTakenForThatOfAScope() throws {
        try addList("outbound_wblist", "@example.com", "@rival.test", "B")
        let mail = PolicyMail(
            sender: "w@other.example", recipient: "boss@rival.test", client: "192.0.2.9", username: "w@other.example")
        #expect(try consumer.list(mail) == .none)
        try api.run(
            """
            INSERT INTO mailaddr (id, email) SELECT id, '192.0.2.0/24' FROM users WHERE email = '@example.com'
            """, on: .amavisd)
        #expect(try consumer.list(mail) == .blacklisted)
    }
}
