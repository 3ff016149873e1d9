/// The tables that iRedMail makes at a server, written anew from its published lists of columns. Texts have lengths and are
/// sorted as the database's language has it; every flag has an index. At PostgreSQL times have fractions; at MariaDB texts
/// are compared without case, accents and blanks at their end.
/// Sources: https://github.com/iredmail/iRedMail/tree/master/samples, https://github.com/iredmail/iRedAPD/tree/master/SQL
package struct IRedMailTables {
    package enum Release: Sendable, CaseIterable {
        /// The oldest that can be taken over, with columns that were dropped since, and without those that came.
        case first
        case newest
    }

    package enum Engine: Sendable, CaseIterable {
        case postgresql
        case mariadb
    }

    private let release: Release
    private let engine: Engine

    package init(_ release: Release, at engine: Engine = .postgresql) {
        self.release = release
        self.engine = engine
    }

    /// Statements for a database, by the name that iRedMail gives it.
    /// - Parameter isBesideDirectory: where accounts are in LDAP; then `iredadmin` has what Dovecot writes, too, and there is
    ///   no `vmail`.
    package func script(for database: String, isBesideDirectory: Bool = false) -> String {
        switch database {
        case "vmail": vmail
        case "amavisd": amavisd
        case "iredapd": iredapd
        case "iredadmin": ([iredadmin] + (isBesideDirectory ? usageTables : [])).joined(separator: "\n")
        default: ""
        }
    }

    /// The rights that iRedMail's installer gives, after the tables were made by whoever owns everything.
    package static func rights(in database: String) -> String {
        let owner = database == "vmail" ? "vmailadmin" : database
        let tables = """
            DO $$
            DECLARE name TEXT;
            BEGIN
              FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
                EXECUTE format('ALTER TABLE %I OWNER TO \(owner)', name);
              END LOOP;
            END
            $$;
            """
        guard database == "vmail" else { return tables }
        return tables + """

            GRANT SELECT ON admin, alias, alias_domain, domain, domain_admins, forwardings, mailbox, maillists, moderators,
              recipient_bcc_domain, recipient_bcc_user, sender_bcc_domain, sender_bcc_user, sender_relayhost TO vmail;
            GRANT SELECT, INSERT, UPDATE, DELETE ON used_quota, share_folder, anyone_shares, last_login TO vmail;
            """
    }

    // MARK: Columns

    private static func text(_ length: Int) -> String { "VARCHAR(\(length)) NOT NULL DEFAULT ''" }
    private static let name = text(255)
    private static let long = "TEXT NOT NULL DEFAULT ''"
    private static let now = "TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT NOW()::TIMESTAMP WITHOUT TIME ZONE"
    private static let never = "TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT '9999-12-31 01:01:01'"
    private static let on = "INT2 NOT NULL DEFAULT 1"
    private static let off = "INT2 NOT NULL DEFAULT 0"
    private static let large = "INT8 NOT NULL DEFAULT 0"
    private static let serial = "SERIAL PRIMARY KEY"

    private typealias Columns = KeyValuePairs<String, String>

    private static let times: Columns = ["created": now, "modified": now, "expired": never, "active": on]

    /// - Parameters:
    ///   - keys: the unique keys, the primary one first; with a serial `id` none is.
    ///   - indexes: of one column each, unless a comma stands in it.
    private func table(
        _ table: String, _ columns: [(key: String, value: String)], keys: [String], indexes: [String] = []
    ) -> String {
        if engine == .mariadb { return mariaDBTable(table, columns, keys: keys, indexes: indexes) }
        let lines = columns.map { "  \"\($0.key)\" \($0.value)" }
        let isNumbered = columns.contains { $0.value == Self.serial }
        let primary = isNumbered ? [] : keys.prefix(1).map { "  PRIMARY KEY (\($0))" }
        func index(_ columns: String, _ word: String) -> String {
            let name = columns.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.joined(separator: "_")
            return "CREATE \(word) idx_\(table)_\(name) ON \(table) (\(columns));"
        }
        return
            (["CREATE TABLE \(table) (\n\((lines + primary).joined(separator: ",\n"))\n);"]
            + keys.dropFirst(isNumbered ? 0 : 1).map { index($0, "UNIQUE INDEX") } + indexes.map { index($0, "INDEX") })
            .joined(separator: "\n")
    }

    /// The same at MariaDB.
    private func mariaDBTable(
        _ table: String, _ columns: [(key: String, value: String)], keys: [String], indexes: [String]
    ) -> String {
        let isNumbered = columns.contains { $0.value == Self.serial }
        func list(_ columns: String) -> String {
            columns.replacing("\"", with: "").split(separator: ", ").map { "`\($0)`" }.joined(separator: ", ")
        }
        let keyLines = keys.enumerated().map { index, columns in
            "  \(index == 0 && !isNumbered ? "PRIMARY" : "UNIQUE") KEY (\(list(columns)))"
        }
        let lines =
            columns.map { "  `\($0.key)` \(mariaDBType($0.value, of: $0.key, in: table))" } + keyLines
            + indexes.map { "  KEY (\(list($0)))" }
        let collation =
            ["domain_admins", "share_folder", "anyone_shares"].contains(table)
            ? "ascii COLLATE ascii_general_ci"
            : table.hasPrefix("throttle") || table.hasPrefix("greylisting")
                ? "utf8mb4 COLLATE utf8mb4_unicode_ci" : "utf8mb4 COLLATE utf8mb4_general_ci"
        return "CREATE TABLE `\(table)` (\n\(lines.joined(separator: ",\n"))\n) ENGINE=InnoDB CHARSET=\(collation);"
    }

    /// What iRedMail has in the place of a type of PostgreSQL's.
    private func mariaDBType(_ type: String, of column: String, in table: String) -> String {
        switch type {
        case Self.serial: return "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"
        case Self.now: return "DATETIME NOT NULL DEFAULT '1970-01-01 01:01:01'"
        case Self.never: return "DATETIME NOT NULL DEFAULT '9999-12-31 00:00:00'"
        case Self.long: return "TEXT"
        default: break
        }
        if column == "timestamp" { return "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP" }
        if table == "throttle", column == "priority" { return "TINYINT UNSIGNED NOT NULL DEFAULT 0" }
        if table.hasPrefix("greylisting"), ["account", "sender"].contains(column) { return Self.text(100) }
        if table == "last_login", type.hasPrefix("INT8") { return "INT(11) DEFAULT NULL" }
        let replaced = [
            (" CHECK (\(column) >= 0)", ""), ("INT2", "TINYINT(1)"), ("INT8", "BIGINT"), ("INT4", "INT"),
            ("BYTEA", "VARBINARY(255)"), ("INET", "VARCHAR(40)"), ("REAL", "FLOAT"), (" REFERENCES throttle (id)", ""),
        ].reduce(type) { $0.replacing($1.0, with: $1.1) }
        return replaced
    }

    // MARK: The databases

    private var vmail: String {
        let services = [
            "smtp", "smtpsecured", "pop3", "pop3secured", "pop3tls", "imap", "imapsecured", "imaptls", "deliver", "lda",
            "managesieve", "managesievesecured", "sieve", "sievesecured", "sievetls", "internal", "doveadm",
            "lib-storage", "quota-status", "indexer-worker", "lmtp", "dsync", "sogo",
        ].map { "enable\($0)" }
        var mailbox: [(key: String, value: String)] = [
            ("username", "VARCHAR(255) NOT NULL"), ("password", Self.name), ("name", Self.name),
        ]
        if release == .newest {
            mailbox += ["first_name", "last_name", "mobile", "telephone", "recovery_email"].map { ($0, Self.name) }
            mailbox.append(("birthday", "DATE NOT NULL DEFAULT '0001-01-01'"))
        }
        mailbox += [
            ("language", Self.text(5)), ("mailboxformat", "VARCHAR(50) NOT NULL DEFAULT 'maildir'"),
            ("mailboxfolder", "VARCHAR(50) NOT NULL DEFAULT 'Maildir'"),
            ("storagebasedirectory", "VARCHAR(255) NOT NULL DEFAULT '/var/vmail'"),
            ("storagenode", "VARCHAR(255) NOT NULL DEFAULT 'vmail1'"), ("maildir", Self.name), ("quota", Self.large),
            ("domain", Self.name), ("transport", Self.name), ("department", Self.name),
            ("rank", "VARCHAR(255) NOT NULL DEFAULT 'normal'"), ("employeeid", "VARCHAR(255) DEFAULT ''"),
            ("isadmin", Self.off), ("isglobaladmin", Self.off),
        ]
        mailbox += services.map { ($0, Self.on) }
        if release == .newest {
            mailbox += ["webmail", "calendar", "activesync"].map {
                ("enablesogo\($0)", "VARCHAR(1) NOT NULL DEFAULT 'y'")
            }
        }
        mailbox.append(("allow_nets", "TEXT DEFAULT NULL"))
        if release == .first {
            mailbox += [
                ("lastlogindate", Self.now), ("lastloginipv4", "INET NOT NULL DEFAULT '0.0.0.0'"),
                ("lastloginprotocol", "CHAR(255) NOT NULL DEFAULT ''"),
            ]
            mailbox += ["allowedsenders", "rejectedsenders", "allowedrecipients", "rejectedrecipients"].map {
                ($0, Self.long)
            }
        }
        mailbox += [("disclaimer", Self.long), ("settings", Self.long), ("passwordlastchange", Self.now)] + Self.times

        let pairs: (String) -> [(key: String, value: String)] = { member in
            [
                ("id", Self.serial), ("address", Self.name), (member, Self.name), ("domain", Self.name),
                ("dest_domain", Self.name),
            ]
        }
        let copies =
            ["sender_bcc_domain", "recipient_bcc_domain"].map {
                table(
                    $0, [("domain", Self.name), ("bcc_address", Self.name)] + Self.times, keys: ["domain"],
                    indexes: ["bcc_address", "expired", "active"])
            }
            + ["sender_bcc_user", "recipient_bcc_user"].map {
                table(
                    $0, [("username", Self.name), ("bcc_address", Self.name), ("domain", Self.name)] + Self.times,
                    keys: ["username"], indexes: ["bcc_address", "domain", "expired", "active"])
            }
        var tables = [
            table(
                "admin",
                [
                    ("username", Self.name), ("password", Self.name), ("name", Self.name), ("language", Self.text(5)),
                    ("passwordlastchange", Self.now), ("settings", Self.long),
                ] + Self.times, keys: ["username"], indexes: ["passwordlastchange", "expired", "active"]),
            table(
                "alias",
                [
                    ("address", Self.name), ("name", Self.name), ("accesspolicy", Self.text(30)), ("domain", Self.name),
                ] + Self.times, keys: ["address"], indexes: ["domain", "expired", "active"]),
            table(
                "moderators", pairs("moderator"), keys: ["address, moderator"],
                indexes: ["address", "moderator", "domain", "dest_domain"]),
            table(
                "forwardings",
                pairs("forwarding")
                    + ["is_maillist", "is_list", "is_forwarding", "is_alias"].map { ($0, Self.off) }
                    + [("active", Self.on)], keys: ["address, forwarding"],
                indexes: [
                    "address", "forwarding", "domain", "dest_domain", "is_maillist", "is_list", "is_forwarding",
                    "is_alias",
                ]),
            table(
                "domain",
                [
                    ("domain", Self.name), ("description", Self.long), ("disclaimer", Self.long),
                    ("aliases", Self.large), ("mailboxes", Self.large), ("maillists", Self.large),
                    ("maxquota", Self.large), ("quota", Self.large),
                    ("transport", "VARCHAR(255) NOT NULL DEFAULT 'dovecot'"), ("settings", Self.long),
                    ("backupmx", Self.off),
                ] + Self.times, keys: ["domain"], indexes: ["backupmx", "expired", "active"]),
            table(
                "alias_domain",
                [
                    ("alias_domain", "VARCHAR(255) NOT NULL"), ("target_domain", "VARCHAR(255) NOT NULL"),
                    ("created", Self.now), ("modified", Self.now), ("active", Self.on),
                ], keys: ["alias_domain"], indexes: ["target_domain", "active"]),
            table(
                "domain_admins", [("username", Self.name), ("domain", Self.name)] + Self.times,
                keys: ["username, domain"], indexes: ["username", "domain", "active"]),
            table(
                "mailbox", mailbox, keys: ["username"],
                indexes: [
                    "domain", "department", "employeeid", "isadmin", "isglobaladmin", "passwordlastchange", "expired",
                    "active",
                ]
                    + services.map { "\"\($0)\"" }),
            table(
                "maillists",
                [
                    ("id", Self.serial), ("address", Self.name), ("domain", Self.name), ("transport", Self.name),
                    ("accesspolicy", Self.text(30)), ("maxmsgsize", Self.large), ("name", Self.name),
                    ("description", "TEXT"), ("mlid", Self.text(36)), ("is_newsletter", Self.off), ("settings", "TEXT"),
                ] + Self.times, keys: ["address", "mlid"], indexes: ["domain", "is_newsletter", "active"]),
            table(
                "sender_relayhost", [("id", Self.serial), ("account", Self.name), ("relayhost", Self.name)],
                keys: ["account"]),
        ]
        if release == .newest {
            tables.append(
                table(
                    "maillist_owners", pairs("owner"), keys: ["address, owner"],
                    indexes: ["owner", "domain", "dest_domain"]))
        }
        return (tables + usageTables + copies).joined(separator: "\n")
    }

    /// What Dovecot writes, and mailboxes that wait for their end.
    private var usageTables: [String] {
        [
            table(
                "deleted_mailboxes",
                [
                    ("id", Self.serial),
                    ("timestamp", "TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP"),
                    ("username", Self.name), ("domain", Self.name), ("maildir", Self.name),
                ] + (release == .newest ? [("bytes", Self.large), ("messages", Self.large)] : [])
                    + [("admin", Self.name), ("delete_date", "DATE DEFAULT NULL")], keys: [],
                indexes: ["timestamp", "username", "domain", "admin", "delete_date"]),
            table(
                "share_folder",
                [("from_user", "VARCHAR(255) NOT NULL"), ("to_user", "VARCHAR(255) NOT NULL"), ("dummy", "CHAR(1)")],
                keys: ["from_user, to_user"], indexes: ["from_user", "to_user"]),
            table(
                "anyone_shares", [("from_user", "VARCHAR(255) NOT NULL"), ("dummy", "CHAR(1)")], keys: ["from_user"]),
            table(
                "used_quota",
                [
                    ("username", "VARCHAR(255) NOT NULL"), ("bytes", Self.large), ("messages", Self.large),
                    ("domain", Self.name),
                ],
                keys: ["username"], indexes: ["domain"]),
            table(
                "last_login",
                [("username", Self.name), ("domain", Self.name)]
                    + ["imap", "pop3", "lda"].map { ($0, "INT8 DEFAULT NULL") }, keys: ["username, domain"],
                indexes: ["domain", "imap", "pop3", "lda"]),
            quotaTrigger,
        ]
    }

    /// Dovecot 2.3 writes a plain INSERT, which this turns into an addition; for 2.4 it sets the domain only.
    private var quotaTrigger: String {
        if engine == .mariadb {
            return """
                CREATE TRIGGER iredmail_quota BEFORE INSERT ON used_quota FOR EACH ROW
                SET NEW.domain = SUBSTRING_INDEX(NEW.username, '@', -1);
                """
        }
        let addition = """
            IF NEW.messages < 0 THEN
                NEW.messages := -1 - NEW.messages;
                RETURN NEW;
              END IF;
              UPDATE used_quota SET bytes = bytes + NEW.bytes, messages = messages + NEW.messages
               WHERE username = NEW.username;
              IF FOUND THEN RETURN NULL; END IF;
            """
        return """
            CREATE FUNCTION iredmail_quota() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              \(release == .first ? addition : "")
              NEW.domain := split_part(lower(NEW.username), '@', 2);
              RETURN NEW;
            END
            $$;
            CREATE TRIGGER iredmail_quota BEFORE INSERT ON used_quota FOR EACH ROW EXECUTE FUNCTION iredmail_quota();
            """
    }

    private var amavisd: String {
        func flags(_ names: String...) -> [(key: String, value: String)] { names.map { ($0, "CHAR(1) DEFAULT NULL") } }
        func scores(_ names: String...) -> [(key: String, value: String)] {
            names.map { ("spam_\($0)_level", "REAL DEFAULT NULL") }
        }
        func texts(_ names: String...) -> [(key: String, value: String)] {
            names.map { ($0, "VARCHAR(64) DEFAULT NULL") }
        }
        var policy: [(key: String, value: String)] = [("id", Self.serial), ("policy_name", "VARCHAR(255)")]
        policy += flags(
            "virus_lover", "spam_lover", "unchecked_lover", "banned_files_lover", "bad_header_lover",
            "bypass_virus_checks", "bypass_spam_checks", "bypass_banned_checks", "bypass_header_checks")
        policy += texts(
            "virus_quarantine_to", "spam_quarantine_to", "banned_quarantine_to", "unchecked_quarantine_to",
            "bad_header_quarantine_to", "clean_quarantine_to", "archive_quarantine_to")
        policy += scores("tag", "tag2", "tag3", "kill", "dsn_cutoff", "quarantine_cutoff")
        policy += texts(
            "addr_extension_virus", "addr_extension_spam", "addr_extension_banned", "addr_extension_bad_header")
        policy += flags("warnvirusrecip", "warnbannedrecip", "warnbadhrecip")
        policy += texts(
            "newvirus_admin", "virus_admin", "banned_admin", "bad_header_admin", "spam_admin", "spam_subject_tag",
            "spam_subject_tag2", "spam_subject_tag3")
        policy.append(("message_size_limit", "INT4 DEFAULT NULL"))
        policy += texts("banned_rulenames", "disclaimer_options", "forward_method", "sa_userconf", "sa_username")
        let lists = ["wblist", "outbound_wblist"].map {
            table(
                $0,
                [
                    ("rid", "INT4 NOT NULL CHECK (rid >= 0)"), ("sid", "INT4 NOT NULL CHECK (sid >= 0)"),
                    ("wb", "VARCHAR(10) NOT NULL"),
                ], keys: ["rid, sid"])
        }
        return
            ([
                table(
                    "users",
                    [
                        ("id", Self.serial), ("priority", "INT4 NOT NULL DEFAULT 7"),
                        ("policy_id", "INT4 NOT NULL DEFAULT 1 CHECK (policy_id >= 0)"), ("email", "BYTEA NOT NULL"),
                        ("fullname", "VARCHAR(255) DEFAULT NULL"),
                    ], keys: ["email"]),
                table(
                    "mailaddr",
                    [("id", Self.serial), ("priority", "INT4 NOT NULL DEFAULT 7"), ("email", "BYTEA NOT NULL")],
                    keys: ["email"]),
                table("policy", policy, keys: ["policy_name"]),
                // Of the storage of mail, which is not Postern's business.
                table(
                    "maddr",
                    [
                        ("id", Self.serial), ("partition_tag", "INT4 DEFAULT 0"), ("email", "BYTEA NOT NULL"),
                        ("domain", "BYTEA NOT NULL"),
                    ], keys: ["partition_tag, email"], indexes: ["email", "domain"]),
            ] + lists).joined(separator: "\n")
    }

    private var iredapd: String {
        let key = "VARCHAR(255) NOT NULL"
        var throttle: [(key: String, value: String)] = [
            ("id", Self.serial), ("account", key), ("kind", "VARCHAR(10) NOT NULL DEFAULT 'outbound'"),
            ("priority", Self.large), ("period", Self.large),
        ]
        throttle += ["msg_size", "max_msgs", "max_quota"].map { ($0, "INT8 NOT NULL DEFAULT -1") }
        if release == .newest { throttle.append(("max_rcpts", "INT8 NOT NULL DEFAULT -1")) }
        var tracking: [(key: String, value: String)] = [
            ("id", Self.serial), ("tid", "INT8 REFERENCES throttle (id)"), ("account", Self.name),
        ]
        tracking += ["period", "cur_msgs", "cur_quota", "init_time", "last_time"].map { ($0, Self.large) }
        if release == .newest { tracking.append(("last_notify_time", Self.large)) }
        let entry: [(key: String, value: String)] = [
            ("id", Self.serial), ("account", Self.name), ("sender", Self.name), ("comment", Self.name),
        ]
        var tables = [
            table("throttle", throttle, keys: [], indexes: ["account"]),
            table("throttle_tracking", tracking, keys: [], indexes: ["tid, account"]),
            table(
                "greylisting",
                [
                    ("id", Self.serial), ("account", Self.name), ("priority", Self.off), ("sender", Self.name),
                    ("sender_priority", Self.off), ("comment", Self.name), ("active", Self.on),
                ], keys: ["account, sender"], indexes: ["comment"]),
            table("greylisting_whitelists", entry, keys: ["account, sender"], indexes: ["comment"]),
            table(
                "greylisting_whitelist_domains", [("id", Self.serial), ("domain", Self.name)], keys: ["domain"]),
            table(
                "greylisting_tracking",
                [
                    ("id", Self.serial), ("sender", key), ("recipient", key),
                    ("client_address", "VARCHAR(40) NOT NULL"),
                    ("sender_domain", Self.name), ("rcpt_domain", Self.name), ("init_time", Self.large),
                    ("block_expired", Self.large), ("record_expired", Self.large), ("blocked_count", Self.large),
                    ("passed", Self.off),
                ], keys: ["sender, recipient, client_address"],
                indexes: ["sender_domain", "rcpt_domain", "client_address, passed"]),
        ]
        guard release == .newest else { return tables.joined(separator: "\n") }
        tables += [
            table("greylisting_whitelist_domain_spf", entry, keys: ["account, sender"], indexes: ["comment"]),
            table(
                "wblist_rdns",
                [("id", Self.serial), ("rdns", Self.name), ("wb", "VARCHAR(10) NOT NULL DEFAULT 'B'")], keys: ["rdns"],
                indexes: ["wb"]),
            table("srs_exclude_domains", [("id", Self.serial), ("domain", Self.name)], keys: ["domain"]),
            table(
                "senderscore_cache",
                [("client_address", Self.text(40)), ("score", "INT4 DEFAULT 0"), ("time", Self.large)],
                keys: ["client_address"], indexes: ["score", "time"]),
        ]
        return tables.joined(separator: "\n")
    }

    /// What admins have done; iRedAdmin's own.
    private var iredadmin: String {
        table(
            "log",
            [
                ("id", Self.serial),
                ("timestamp", "TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP"), ("admin", Self.name),
                ("ip", Self.text(40)), ("domain", Self.name), ("username", Self.name), ("event", Self.text(20)),
                ("loglevel", Self.text(10)), ("msg", Self.name),
            ], keys: [], indexes: ["timestamp", "admin", "domain", "username"])
    }
}
