import MailStore
import Storage
import Testing

/// The judge over the policies, shown on the worked examples with rows written by hand.
struct PolicyConsumerExampleTests {
    private let api: TestAPI
    private let decisions: PolicyDecisions
    private let now = 1_769_904_000

    init() throws {
        api = try .withPolicyAccounts()
        decisions = try api.policyDecisions()
    }

    private func amavisd(_ statements: SQL...) throws {
        for statement in statements { try api.run(statement, on: .amavisd) }
    }

    private func iredapd(_ statements: SQL...) throws {
        for statement in statements { try api.run(statement, on: .iredapd) }
    }

    private func policyOfTheDomain() throws {
        try amavisd(
            """
            INSERT INTO policy (policy_name, spam_lover, spam_quarantine_to, spam_tag2_level, spam_kill_level)
            VALUES ('@example.com', 'N', 'spam-quarantine', 5, 5)
            """,
            """
            INSERT INTO users (email, priority, policy_id)
            SELECT '@example.com', 5, id FROM policy WHERE policy_name = '@example.com'
            """)
    }

    private func policyOfTheUser() throws {
        try amavisd(
            """
            INSERT INTO policy (policy_name, spam_tag2_level, spam_kill_level, spam_subject_tag2)
            VALUES ('u@example.com', 4, 4, '[SPAM] ')
            """,
            """
            INSERT INTO users (email, priority, policy_id)
            SELECT 'u@example.com', 10, id FROM policy WHERE policy_name = 'u@example.com'
            """)
    }

    @Test func aDomainsPolicyHoldsForItsUsersOnly() throws {
        try policyOfTheDomain()
        try decisions.afterExample1()
    }

    @Test func eachColumnComesFromTheFirstScopeThatSaysSomething() throws {
        try policyOfTheDomain()
        try policyOfTheUser()
        try decisions.afterExample2()
        try amavisd("UPDATE policy SET spam_lover = 'Y', spam_quarantine_to = '' WHERE policy_name = 'u@example.com'")
        try decisions.afterExample3()
    }

    @Test func aScopeWithoutPolicyKeepsItsList() throws {
        try policyOfTheDomain()
        try amavisd(
            "INSERT INTO users (email, priority, policy_id) VALUES ('u@example.com', 10, 0)",
            "INSERT INTO mailaddr (email, priority) VALUES ('friend@far.test', 10)",
            """
            INSERT INTO wblist (rid, sid, wb)
            SELECT users.id, mailaddr.id, 'W' FROM users, mailaddr WHERE users.email = 'u@example.com'
            """)
        try decisions.afterExample4(friend: "friend@far.test")
    }

    @Test func headersAreAddedFromTheTagLevelOn() throws {
        try policyOfTheDomain()
        try amavisd(
            "UPDATE policy SET spam_tag_level = -100 WHERE policy_name = '@.'",
            "UPDATE policy SET spam_tag_level = 2.0 WHERE policy_name = '@example.com'")
        try decisions.afterExample5()
    }

    @Test func eachLimitComesFromTheFirstRowThatSetsIt() throws {
        try iredapd(
            """
            INSERT INTO throttle (account, kind, priority, period, max_msgs) VALUES ('@.', 'outbound', 0, 3600, 3)
            """)
        try decisions.afterExample7(at: now)
        try iredapd(
            """
            INSERT INTO throttle (account, kind, priority, period, msg_size, max_quota)
            VALUES ('@example.com', 'outbound', 60, 3600, 1000, 5000)
            """)
        try decisions.afterExample8(at: now)
        try iredapd(
            """
            INSERT INTO throttle (account, kind, priority, period, max_msgs)
            VALUES ('vip@example.com', 'outbound', 100, 3600, 0)
            """)
        try decisions.afterExample9(at: now)
        try iredapd("DELETE FROM throttle WHERE account = 'vip@example.com'")
        try decisions.afterExample11(at: now + 3601)
    }

    @Test func recipientsAreCountedEachForItself() throws {
        try iredapd(
            """
            INSERT INTO throttle (account, kind, priority, period, max_msgs)
            VALUES ('@example.com', 'inbound', 60, 600, 2)
            """)
        try decisions.afterExample10(at: now)
    }

    private func greylistingSettings() throws {
        try iredapd(
            """
            INSERT INTO greylisting (account, priority, sender, active)
            VALUES ('@.', 0, '@.', 1), ('@example.com', 60, '@.', 0), ('u@example.com', 100, '@.', 1)
            """)
    }

    @Test func theNearestGreylistingSettingDecides() throws {
        try greylistingSettings()
        try decisions.afterExample13()
        try iredapd("DELETE FROM greylisting WHERE account = '@example.com'")
        try decisions.afterExample14()
    }

    @Test func aGreylistingWhitelistBeatsEverySetting() throws {
        try greylistingSettings()
        try iredapd(
            """
            INSERT INTO greylisting_whitelists (account, sender)
            VALUES ('@.', '192.0.2.0/24'), ('@.', '2620:0:2d0:200::7'), ('@.', 'x@far.test'),
                   ('@example.com', '@wl2.test')
            """)
        try decisions.afterExample15()
        try decisions.afterExample16()
    }

    @Test func clientsOfWhitelistedSPFDomainsAreExempt() throws {
        try iredapd(
            "INSERT INTO greylisting (account, priority, sender, active) VALUES ('@.', 0, '@.', 1)",
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES ('@.', '192.0.2.128/25', 'AUTO-UPDATE: redir.test')
            """)
        try decisions.afterExample18()
    }

    @Test func aUsersListBeatsTheGlobalOne() throws {
        try amavisd(
            "INSERT INTO users (email, priority, policy_id) VALUES ('u@example.com', 10, 0)",
            "INSERT INTO mailaddr (email, priority) VALUES ('@bad.test', 5), ('friend@bad.test', 10)",
            """
            INSERT INTO wblist (rid, sid, wb)
            SELECT users.id, mailaddr.id, 'B' FROM users, mailaddr
             WHERE users.email = '@.' AND mailaddr.email = '@bad.test'
            """,
            """
            INSERT INTO wblist (rid, sid, wb)
            SELECT users.id, mailaddr.id, 'W' FROM users, mailaddr
             WHERE users.email = 'u@example.com' AND mailaddr.email = 'friend@bad.test'
            """)
        try decisions.afterExample19()
    }

    @Test func anOutboundBlacklistHoldsForItsDomainsSenders() throws {
        try amavisd(
            "INSERT INTO users (email, priority, policy_id) VALUES ('@example.com', 5, 0)",
            "INSERT INTO mailaddr (email, priority) VALUES ('@rival.test', 5)",
            """
            INSERT INTO outbound_wblist (rid, sid, wb)
            SELECT mailaddr.id, users.id, 'B' FROM users, mailaddr WHERE users.email = '@example.com'
            """)
        try decisions.afterExample20()
    }
}
