import Foundation
import IRedMail
import Storage
import Support
import Testing

@testable import MailStore

/// What becomes of the entries of an iRedMail server with LDAP.
@Suite(.enabled(if: OpenLDAPServer.isInstalled, "needs slapd, ldap-utils"), .serialized)
struct ImportedDirectoryTests {
    private let entries: DirectoryEntries
    private let server: OpenLDAPServer

    init() throws {
        entries = DirectoryEntries(hashes: try DirectoryEntries.hashes())
        server = try OpenLDAPServer(filledWith: entries)
        try server.start()
    }

    @Test func everyHabitIsTakenOrToldOf() throws {
        let before = try server.text()
        let reading = try Reading(server)
        #expect(try server.text() == before)
        try reading.check()
        let lines = Set(reading.lines)
        for line in Self.expected { #expect(lines.contains(line), "\(line)") }
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "differs domain d1.example nobody can log in by a per-user alias (shadowAddress) any more, or ")
            })
        // Nothing is said of what needs no word: of the crowd, not one entry.
        #expect(!lines.contains { $0.contains("user17@d9.example") })
        for (query, rows) in Self.rows {
            let columns = rows[0].split(separator: "|", omittingEmptySubsequences: false).count
            let found = try reading.rows(.vmail, query, columns)
            #expect(found == rows, "\(query)")
        }
        #expect(lines.count < 300)
        #expect(reading.counts["domain"] == 47)
        #expect(reading.counts["alias_domain"] == 14)
    }

    private static let expected = [
        "left-out domain no domain it is no domain name, and so is nothing below it",
        "differs domain odd.example no transport! is no transport; it gets dovecot",
        "changed domain Caps.Example it is written caps.example",
        "changed domain nomail.example it is switched off: it has no service mail",
        "left-out domain d3.example ownWord:of somebody there is no such setting here",
        "left-out domain domainpendingaliasname there is no such attribute or value here",
        "changed alias_domain Second-Alias8.Example it is written second-alias8.example",
        "left-out alias_domain d9.example there is a domain of this name, and so it is none of d8.example",
        "left-out alias_domain alias0.example another domain has it, and so it is none of lost-off.example",
        "differs alias_domain alias4.example every address of d4.example, and its catch-all, answers below it, whether it has a shadowAddress there or not",
        "differs mailbox no-deliver@d7.example it has no service deliver: Postfix did not know it, and takes its mail now, which Dovecot refuses",
        "left-out forwardings user2@d2.example shadows@d2.example there is an account of this address",
        "differs forwardings user2@d2.example shadows@d2.example it no longer answers",
        "differs forwardings double@d2.example its mailbox gets its mail, too: there only the alias of this address did",
        "left-out forwardings umbra@d4.example shadowed@d4.example there is neither a mailbox nor an alias or list of this address",
        "differs sender_bcc_user five@d3.example user5@d3.example it answers for the account's own address only",
        "left-out mailbox ghost@lost.example its entry lies elsewhere than such entries do: mail=ghost@lost.example,ou=Users,domainName=d1.example,o=domains,dc=iredmail,dc=org",
        "left-out mailbox o'brien@d1.example it is no mail address",
        "differs mailbox o'brien@d1.example it no longer gets mail, and nobody can log in",
        "left-out mailbox user9@d1.example its directory is that of nested@d1.example, or lies around it or in it",
        "left-out mailbox up@d1.example its directory is no path of a mailbox: it has . or .. or control characters, or is that of all of a domain",
        "left-out mailbox mbox@d1.example its mailboxformat is none of maildir, mdbox, sdbox, or its mailboxfolder is not of 1 to 20 letters and digits",
        "changed mailbox Jo.Doe@Caps.Example it is written jo.doe@caps.example",
        "changed mailbox no-mail@d1.example it is switched off: it has no service mail",
        "changed mailbox marked@on.example it is switched off: Postfix and Dovecot did not find it",
        "changed mailbox two-passwords@d1.example of its 2 passwords one is kept",
        "changed mailbox no-password@d1.example its password is none that the API knows: no login there; Dovecot gets it as it is",
        "changed mailbox unknown-scheme@d1.example its password is none that the API knows: no login there; Dovecot gets it as it is",
        "changed mailbox odd-quota@d1.example its quota of 1500000 bytes is 2 MB",
        "differs mailbox user@mx.example nobody can log in any more: its domain is only relayed",
        "differs mailbox user@off.example nobody can log in any more: its domain is switched off",
        "left-out mailbox associateddomain there is no such attribute or value here",
        "changed alias info@on.example it is switched off: its domainStatus is disabled",
        "changed alias undelivered@d2.example it is switched off: it has no service deliver",
        "left-out alias double@d2.example there is a mailbox of this address; what it has is read from forwardings",
        "changed moderators sales@d2.example user1@d2.example who may always write to it is its moderator now",
        "left-out admin user7@d3.example there is a mailbox of this address, and its password is the one that counts",
        "left-out domain_admins gone@outside.example d1.example there is no such admin",
        "left-out domain_admins user3@d1.example d1.example its mailbox has isadmin 0",
        "left-out forwardings unserved@d2.example never@outside.example Postfix did not find it: the service forward is off",
        "changed forwardings leads@d2.example Led@Outside.Example it leads to led@outside.example",
        "differs forwardings no-address@d2.example root it no longer answers",
        "differs forwardings far@outside.example shadows@d2.example it no longer answers",
        "left-out forwardings near@d3.example shadows@d2.example it lies below another domain",
        "differs alias_domain unserved.example its addresses no longer answer: d7.example is switched off, or has no service domainalias",
        "changed forwardings aka@d2.example it is an alias now: there was no account of this address",
        "changed forwardings one@d2.example it is an alias now: there was no account of this address",
        "changed forwardings no-list@d4.example it is an alias now: there was no account of this address",
        "differs forwardings off-list@d4.example user3@d4.example it no longer answers: its account or domain is switched off",
        "differs forwardings user@off.example user@off.example it no longer answers: its account or domain is switched off",
        "left-out forwardings d6.example user1@d6.example Postfix did not find it",
        "left-out sender_bcc_domain d5.example Postfix did not find it: the service senderbcc is off",
        "left-out recipient_bcc_user bcc@d2.example Postfix did not find it: the service recipientbcc is off",
        "differs sender_relayhost user6@d3.example it no longer answers",
    ]

    private static let rows: [(String, [String])] = [
        (
            "SELECT enablesmtp, enablesmtpsecured, enablesmtptls, enableimaptls FROM mailbox WHERE username = 'nosmtptls@d1.example'",
            [
                "1|0|0|1"
            ]
        ),
        (
            "SELECT enabledeliver, enablelda, active FROM mailbox WHERE username = 'no-deliver@d1.example'",
            [
                "0|1|1"
            ]
        ),
        (
            "SELECT first_name, last_name, telephone, mobile, employeeid, language, recovery_email, allow_nets, transport, expired, disclaimer FROM mailbox WHERE username = 'user4@d1.example'",
            [
                "Zoë|user4|+49 30 1|+49 170 1|№ 7|fr_FR|zoe@home.example|192.0.2.0/24|lmtp:unix:private/dovecot-lmtp|2024-01-02 03:04:05|Yours"
            ]
        ),
        (
            "SELECT username, quota, passwordlastchange FROM mailbox WHERE username IN ('huge@d1.example', 'odd-quota@d1.example', 'tiny@d1.example') ORDER BY 1",
            [
                "huge@d1.example|4398046511104|2019-04-14 00:00:00",
                "odd-quota@d1.example|2|2019-04-14 00:00:00",
                "tiny@d1.example|1|2019-04-14 00:00:00",
            ]
        ),
        (
            "SELECT storagebasedirectory, storagenode, maildir, mailboxformat, mailboxfolder FROM mailbox WHERE username IN ('capitals@d1.example', 'mdbox@d1.example', 'oldest@d1.example', 'other-store@d1.example') ORDER BY username",
            [
                "/var/vmail|vmail1|D1.example/CAP/|maildir|Maildir",
                "/var/vmail|vmail1|d1.example/mdbox-2019.03.04.05.06.07/|mdbox|Boxes",
                "/srv/mail|vmail2|d1.example/o/ol/oldest-2009.01.02.03.04.05/|maildir|Maildir",
                "/var/vmail|vmail1|d1.example/other-store-2019.03.04.05.06.07/|maildir|Maildir",
            ]
        ),
        (
            "SELECT username, isglobaladmin FROM mailbox WHERE isadmin = 1 ORDER BY username",
            [
                "user1@d1.example|0",
                "user1@d2.example|0",
                "user2@d1.example|1",
            ]
        ),
        (
            "SELECT username, domain FROM domain_admins ORDER BY username, domain",
            [
                "boss@outside.example|ALL",
                "boss@outside.example|d1.example",
                "desk@outside.example|d2.example",
                "user1@d1.example|d1.example",
                "user1@d2.example|d2.example",
                "user2@d1.example|ALL",
            ]
        ),
        (
            "SELECT username, language, passwordlastchange, active FROM admin ORDER BY username",
            [
                "boss@outside.example|de_DE|1970-01-01 01:01:01|1",
                "desk@outside.example||2022-01-08 00:00:00|1",
                "off@outside.example||1970-01-01 01:01:01|0",
            ]
        ),
        (
            "SELECT description, maxquota, mailboxes, aliases, expired, disclaimer FROM domain WHERE domain = 'd3.example'",
            [
                "Firma d3.example 🏔|10240|50|-1|2030-01-02 03:04:05|Nobody reads this."
            ]
        ),
        (
            "SELECT address, forwarding, is_forwarding, active FROM forwardings WHERE address IN ('keeps@d2.example', 'leads@d2.example', 'unserved@d2.example', 'off-forwards@d2.example') ORDER BY 1, 2",
            [
                "keeps@d2.example|keeps@d2.example|1|1",
                "keeps@d2.example|kept@outside.example|1|1",
                "leads@d2.example|led@outside.example|1|1",
                "off-forwards@d2.example|loud@outside.example|1|0",
                "unserved@d2.example|unserved@d2.example|1|1",
            ]
        ),
        (
            "SELECT address, forwarding FROM forwardings WHERE is_alias = 1 AND (address LIKE '%@caps.example' OR address LIKE '_@d2.example' OR address LIKE 'near@%') ORDER BY 1",
            [
                "jd@caps.example|jo.doe@caps.example",
                "k@d2.example|keeps@d2.example",
                "l@d2.example|leads@d2.example",
            ]
        ),
        (
            "SELECT forwarding FROM forwardings WHERE address = 'old-list@d4.example' AND is_list = 1 ORDER BY 1",
            [
                "guest@outside.example",
                "inner@d4.example",
                "member@d4.example",
                "other@outside.example",
                "user1@d4.example",
                "user2@d4.example",
            ]
        ),
        (
            "SELECT address, transport, accesspolicy, maxmsgsize, mlid, active FROM maillists WHERE transport <> 'dovecot' AND address <> 'no-id@d4.example' ORDER BY 1",
            [
                "news@d4.example|mlmmj:d4.example/news|moderatorsonly|1048576|0f6f0bfe-2c0c-4f2e-9a3e-000000000001|1",
                "off-news@d4.example|mlmmj:d4.example/off-news||0|0f6f0bfe-2c0c-4f2e-9a3e-000000000002|0",
            ]
        ),
        (
            "SELECT address, moderator FROM moderators WHERE domain = 'd4.example' AND address NOT LIKE 'team@%' ORDER BY 1, 2",
            [
                "inner@d4.example|user1@d4.example",
                "inner@d4.example|user2@d4.example",
                "news@d4.example|user1@d4.example",
            ]
        ),
        (
            "SELECT address, owner FROM maillist_owners ORDER BY 1",
            [
                "news@d4.example|user2@d4.example",
                "old-list@d4.example|user1@d4.example",
            ]
        ),
        (
            "SELECT username, bcc_address FROM recipient_bcc_user UNION ALL SELECT domain, bcc_address FROM sender_bcc_domain UNION ALL SELECT account, relayhost FROM sender_relayhost ORDER BY 1, 2",
            [
                "@d3.example|[relay.outside.example]:587",
                "d3.example|out@archive.example",
                "user5@d3.example|[smtp.outside.example]:25",
                "user5@d3.example|got@archive.example",
            ]
        ),
    ]

    @Test func aTextGivesTheSameAsTheRunningDirectory() throws {
        let reading = try Reading(server)
        let texts = [
            "slapcat": try server.text(), "unfolded": try server.text(isFolded: false),
            "ldapsearch": try server.searchedText(["*", "+"]),
            "CRLF": try server.text().replacing("\n", with: "\r\n"),
        ]
        let rows = try reading.allRows()
        for (name, text) in texts {
            let other = try Reading(ldif: text)
            #expect(other.lines == reading.lines, "\(name)")
            #expect(try other.allRows() == rows, "\(name)")
        }
        #expect(rows.count > 5000)
    }

    @Test func onlyTheNamedDomainsAreTaken() throws {
        let reading = try Reading(server, only: ["d4.example"])
        try reading.check()
        #expect(try reading.rows(.vmail, "SELECT domain FROM domain", 1) == ["d4.example"])
        #expect(try reading.rows(.vmail, "SELECT DISTINCT domain FROM mailbox", 1) == ["d4.example"])
        #expect(try reading.rows(.vmail, "SELECT DISTINCT domain FROM forwardings", 1) == ["d4.example"])
        #expect(reading.counts["admin"] == nil)
        #expect(reading.lines.filter { $0.contains("d1.example") } == [])
    }

    @Test(.enabled(if: MariaDBServer.isInstalled, "needs mariadb-server"))
    func theDatabasesBesideItAreTakenToo() throws {
        let rows = IRedMailRows(for: .mariadb, hashes: [("", "")])
        let databases = try IRedMailServer(besideDirectoryWith: rows)
        let reading = try Reading(server, beside: databases)
        try reading.check()
        #expect(!reading.lines.contains { $0.hasPrefix("missing") })
        #expect(reading.counts["used_quota"] ?? 0 > 1500)
        #expect(reading.counts["last_login"] == reading.counts["used_quota"])
        let lines = Set(reading.lines)
        for line in [
            "left-out share_folder user1@d3.example gone@d3.example there is no such mailbox",
            "changed users user2@d1.example its spam policy is that of its domain now, and not that of everybody",
            "changed throttle User1@d1.example outbound it is written user1@d1.example",
            "left-out throttle gone@d1.example outbound there is no account gone@d1.example",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(
            try reading.rows(.vmail, "SELECT username, timestamp, delete_date FROM deleted_mailboxes", 3)
                == ["late@d3.example|2026-10-01 02:03:04|2027-01-31"])
        #expect(
            try reading.rows(.vmail, "SELECT timestamp, admin, event, ip FROM log", 4)
                == ["2026-10-01 02:03:04|boss@outside.example|delete|192.0.2.7"])
        #expect(try reading.rows(.usage, "SELECT from_user, dummy FROM anyone_shares", 2) == ["user1@d3.example|"])
        #expect(
            try reading.rows(.iredapd, "SELECT account FROM throttle ORDER BY 1", 1) == ["@.", "user1@d1.example"])
        #expect(
            try reading.rows(.amavisd, "SELECT email FROM users ORDER BY 1", 1)
                == ["@.", "@d1.example", "user1@d1.example", "user2@d1.example", "user3@d2.example"])
    }

    @Test func withoutTheDatabasesThatIsSaid() throws {
        #expect(
            try Reading(server).lines.filter { $0.hasPrefix("missing") }
                == ["amavisd", "iredapd", "iredadmin"].map { "missing  \($0) it is not read: --mysql is not given" }
        )
    }
}
