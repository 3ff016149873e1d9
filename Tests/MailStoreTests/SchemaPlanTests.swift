@testable import MailStore
@testable import Neighbours
import Support
import Testing

/// No look-up reads a whole table: what a call costs must not grow with what others store.
@Suite(.enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs the sqlite3 shell"))
struct SchemaPlanTests {
    @Test(arguments: [
        (
            StoreFile.vmail, "SELECT count(*), sum(quota) FROM mailbox WHERE domain = 'd'",
            "COVERING INDEX mailbox_domain"
        ),
        (
            .vmail, "SELECT * FROM mailbox WHERE domain = 'd' AND username > 'u' ORDER BY username LIMIT 9",
            "mailbox_domain"
        ),
        (.vmail, "SELECT username FROM mailbox WHERE domain = 'd' AND active = 0", "mailbox_disabled"),
        (.vmail, "SELECT 1 FROM mailbox WHERE domain = 'd' AND isglobaladmin = 1", "mailbox_global_admins"),
        (.vmail, "SELECT * FROM mailbox WHERE username = 'u' AND isadmin = 1", "sqlite_autoindex_mailbox_1"),
        (
            .vmail,
            "SELECT 1 FROM mailbox WHERE storagebasedirectory || '/' || storagenode || '/' || maildir >= '/v/'",
            "mailbox_path"
        ),
        (.vmail, "SELECT * FROM forwardings WHERE address = 'a' AND is_list = 1", "sqlite_autoindex_forwardings_1"),
        (.vmail, "SELECT * FROM forwardings WHERE forwarding = 'a' AND is_alias = 1", "forwardings_forwarding"),
        (
            .vmail, "SELECT * FROM forwardings WHERE address = 'a' AND is_forwarding = 1",
            "sqlite_autoindex_forwardings_1"
        ),
        (
            .vmail, "UPDATE forwardings SET active = 0 WHERE address = 'a' OR forwarding = 'a'",
            "forwardings_forwarding"
        ),
        (
            .vmail,
            "DELETE FROM forwardings WHERE substr(address, instr(address, '@') + 1) = 'd' AND is_alias = 1",
            "forwardings_is_alias"
        ),
        (.vmail, "DELETE FROM forwardings WHERE domain = 'd'", "forwardings_domain"),
        (.vmail, "SELECT * FROM alias WHERE domain = 'd' ORDER BY address", "alias_domain_of_address"),
        (.vmail, "SELECT username FROM domain_admins WHERE domain = 'ALL' AND active = 1", "domain_admins_domain"),
        (
            .vmail, "DELETE FROM domain_admins WHERE substr(username, instr(username, '@') + 1) = 'd'",
            "domain_admins_username_domain"
        ),
        (.vmail, "SELECT * FROM alias_domain WHERE target_domain = 'd'", "alias_domain_target_domain"),
        (
            .vmail, "DELETE FROM sender_relayhost WHERE substr(account, instr(account, '@') + 1) = 'd'",
            "sender_relayhost_domain"
        ),
        (.vmail, "DELETE FROM recipient_bcc_user WHERE bcc_address = 'a'", "recipient_bcc_user_bcc_address"),
        (.vmail, "SELECT * FROM log WHERE domain = 'd' ORDER BY id DESC LIMIT 9", "log_domain"),
        (
            .vmail, "SELECT * FROM deleted_mailboxes WHERE delete_date <= '2026-01-01'",
            "deleted_mailboxes_delete_date"
        ),
        (.usage, "DELETE FROM used_quota WHERE domain = 'd'", "used_quota_domain"),
        (
            .usage, "SELECT bytes FROM used_quota WHERE domain = 'd' AND username BETWEEN 'a' AND 'b'",
            "used_quota_domain (domain=? AND username>? AND username<?)"
        ),
        (.usage, "DELETE FROM share_folder WHERE to_user = 'u'", "share_folder_to_user"),
        (
            .usage, "DELETE FROM anyone_shares WHERE substr(from_user, instr(from_user, '@') + 1) = 'd'",
            "anyone_shares_domain"
        ),
        (.api, "DELETE FROM sessions WHERE admin = 'a'", "sessions_admin"),
        (.api, "DELETE FROM sessions WHERE atime < 9", "sessions_atime"),
        (.amavisd, "SELECT id FROM users WHERE substr(email, instr(email, '@') + 1) = 'd'", "users_domain"),
        (.amavisd, "SELECT 1 FROM wblist WHERE sid = 7", "wblist_sid"),
        (.iredapd, "SELECT id FROM throttle WHERE substr(account, instr(account, '@') + 1) = 'd'", "throttle_domain"),
        (
            .iredapd, "DELETE FROM greylisting WHERE substr(account, instr(account, '@') + 1) = 'd'",
            "greylisting_domain"
        ),
        (
            .iredapd, "DELETE FROM greylisting_tracking WHERE client_address = '192.0.2.1'",
            "greylisting_tracking_client"
        ),
    ])
    func uses(_ file: StoreFile, _ statement: String, _ index: String) throws {
        let plan = try SchemaDatabase(file, isFile: true).run("EXPLAIN QUERY PLAN \(statement);")
        #expect(plan.contains(index), "\(plan)")
        #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
    }

    @Test func whatBelongsToAMailboxIsFoundBelowItsDomain() throws {
        let plan = try SchemaDatabase(.vmail, isFile: true).run("EXPLAIN QUERY PLAN \(Belonging.query);")
        for index in ["forwardings_is_forwarding", "forwardings_received", "domain_admins_username_domain"] {
            #expect(plan.contains("\(index) ("), "\(plan)")
        }
        #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
    }

    @Test func housekeepingReadsOnlyTheNextPage() throws {
        for file in StoreFile.allCases {
            let database = try SchemaDatabase(file, isFile: true)
            for column in Housekeeping.OwnedColumn.all where column.file == file {
                for statement in [column.query, column.deletion] {
                    let plan = try database.run("EXPLAIN QUERY PLAN \(statement);")
                    #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(statement): \(plan)")
                }
            }
        }
    }

    @Test(arguments: PostfixMap.all.map(\.name))
    func postfixNeverScans(_ name: String) throws {
        let map = try #require(PostfixMap.all.first { $0.name == name })
        let plan = try SchemaDatabase(.vmail, isFile: true).run("EXPLAIN QUERY PLAN \(map.query);")
        #expect(!plan.contains("SCAN"), "\(plan)")
    }
}
