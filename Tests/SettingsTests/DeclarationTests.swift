import Mail
import Testing

import Settings

struct DeclarationTests {
    /// Source: `Contract.md` 2.2, 3.2, 5.4, 8, 10; `Security.md` 2 and 3;
    /// `Contract.md` 16.2.
    static let defaults = [
        ("ENABLE_RESTFUL_API", "False"),
        ("RESTRICT_API_ACCESS", "False"),
        ("RESTFUL_API_CLIENTS", "[]"),
        ("ADMIN_LOGIN_IP_LIST", "[]"),
        ("GLOBAL_ADMIN_IP_LIST", "[]"),
        ("API_BASE_PATH", "''"),
        ("FASTCGI_PEERS", "['root', 'postern', 'www-data', 'nginx']"),
        ("FASTCGI_GATE_FILE", "''"),
        ("DATABASE", "''"),
        ("DATABASE_READ", "''"),
        ("SESSION_TIMEOUT", "1800"),
        ("SESSION_LIFETIME", "43200"),
        ("SESSIONS_PER_ADMIN", "16"),
        ("SESSION_IGNORE_CHANGE_IP", "False"),
        ("LOGIN_DELAYS", "True"),
        ("DEFAULT_PASSWORD_SCHEME", "'SSHA512'"),
        ("ADMIN_PASSWORD_SCHEME", "'BCRYPT'"),
        ("BCRYPT_COST", "10"),
        ("min_passwd_length", "8"),
        ("max_passwd_length", "0"),
        ("PASSWORD_HAS_LETTER", "True"),
        ("PASSWORD_HAS_UPPERCASE", "True"),
        ("PASSWORD_HAS_NUMBER", "True"),
        ("PASSWORD_HAS_SPECIAL_CHAR", "True"),
        ("PASSWORD_SPECIAL_CHARACTERS", #"'#$%&\'"*+-,.:;!<=>?@[]/\\(){}^_`~'"#),
        ("storage_base_directory", "'/var/vmail/vmail1'"),
        ("MAILDIR_HASHED", "True"),
        ("MAILDIR_PREPEND_DOMAIN", "True"),
        ("MAILDIR_APPEND_TIMESTAMP", "True"),
        ("MAILDIR_DOMAIN_HASHED", "False"),
        ("MAILBOX_FORMAT", "'maildir'"),
        ("MAILBOX_FOLDER", "'Maildir'"),
        ("DAYS_TO_KEEP_REMOVED_MAILBOX", "[1, 7, 14, 21, 30, 60, 90, 180, 365]"),
        ("SQL_TBL_USED_QUOTA", "'used_quota'"),
        ("USER_ALIAS_CROSS_ALL_DOMAINS", "False"),
        ("RECIPIENT_DELIMITERS", "['+']"),
        ("ADDITIONAL_DISABLED_USER_SERVICES", "[]"),
        ("ADDITIONAL_ENABLED_USER_SERVICES", "[]"),
        ("default_mta_transport", "'dovecot'"),
        ("TRANSPORT_SERVICES", "['dovecot', 'lmtp', 'smtp', 'smtps', 'relay', 'virtual', 'error', 'discard']"),
        ("ALLOW_BACKUPMX_WITHOUT_PRIMARYMX", "False"),
        ("REQUIRE_DOMAIN_OWNERSHIP_VERIFICATION", "True"),
        ("DOMAIN_OWNERSHIP_VERIFY_CODE_PREFIX", "'iredmail-domain-verification-'"),
        ("DOMAIN_OWNERSHIP_EXPIRE_DAYS", "30"),
        ("MAILING_LIST_SOCKET", "'/run/postern/lists.sock'"),
        ("MLMMJ_SPOOL_DIR", "'/var/spool/mlmmj'"),
        ("SPAM_SUBJECT_PREFIX", "'[SPAM] '"),
        ("SPAM_TAG_LEVEL", "2.0"),
        ("SPF_DNS_SERVERS", "[]"),
        ("SPF_LOOKUP_LIMIT", "20"),
        ("SPF_QUERY_TIMEOUT", "3"),
        ("SPF_REFRESH_INTERVAL", "30"),
        ("LOG_REQUESTS", "True"),
        ("METRICS_CLIENTS", "[]"),
        ("API_HIDDEN_ADMIN_PROFILES", "['password', 'userPassword']"),
        ("API_HIDDEN_USER_PROFILES", "['password', 'userPassword']"),
        ("ldap_basedn", "'o=domains,dc=iredmail,dc=org'"),
        ("ldap_domainadmin_dn", "'o=domainAdmins,dc=iredmail,dc=org'"),
    ]

    @Test(arguments: defaults)
    func fallsBackAsTheContractSays(_ name: String, _ text: String) throws {
        let entry = try #require(Settings().entries.first { $0.setting.name == name })
        #expect(entry.text == text)
        #expect(entry.setting.defaultText == text)
        #expect(entry.origin == .default)
    }

    @Test func listsEveryKeyOnce() {
        #expect(Settings.all.map(\.name) == Self.defaults.map(\.0))
        #expect(Set(Settings.all.map(\.name)).count == Settings.all.count)
    }

    @Test(arguments: Settings.all.map { [$0.name, $0.meaning, $0.kind] })
    func hasOneSentenceAsItsMeaning(_ texts: [String]) {
        #expect(texts[1].hasSuffix(".") && texts[1].first?.isUppercase == true)
        #expect(!texts[2].isEmpty)
    }

    @Test(arguments: [
        ("RECIPIENT_DELIMITERS", "['+', '-']"), ("RECIPIENT_DELIMITERS", "[]"),
        ("TRANSPORT_SERVICES", "['smtp-amavis', 'mlmmj']"), ("TRANSPORT_SERVICES", "[]"),
        ("default_mta_transport", "'lmtp:unix:private/dovecot-lmtp'"),
        ("default_mta_transport", "'smtp:[192.0.2.1]:24'"),
        ("FASTCGI_PEERS", "['_nginx']"), ("FASTCGI_GATE_FILE", "'/etc/postern/gate'"),
        ("API_BASE_PATH", "'/iredadmin'"), ("API_BASE_PATH", "'/mail/panel'"),
        ("storage_base_directory", "'/srv/mail.1'"),
        ("MAILBOX_FOLDER", "'Mail2'"), ("PASSWORD_SPECIAL_CHARACTERS", "'#'"), ("ldap_basedn", "'o=d,dc=x'"),
        ("DOMAIN_OWNERSHIP_VERIFY_CODE_PREFIX", "''"), ("BCRYPT_COST", "15"), ("SQL_TBL_USED_QUOTA", "'used_quota'"),
        ("API_HIDDEN_USER_PROFILES", "[]"), ("ADDITIONAL_DISABLED_USER_SERVICES", "['lib-storage']"),
        ("DAYS_TO_KEEP_REMOVED_MAILBOX", "[0]"), ("ADMIN_PASSWORD_SCHEME", "'SSHA512'"),
        ("DATABASE", "'host=/run/postgresql'"), ("DATABASE", "'postgresql://postern@db1.example:5433,db2.example/'"),
        ("DATABASE", "'host=db.example passfile=/etc/postern/postern.pgpass sslmode=verify-full'"),
    ])
    func takes(_ key: String, _ value: String) throws {
        let settings = try Settings.read(text: "\(key) = \(value)", file: "f")
        #expect(settings.entries.first { $0.setting.name == key }?.text == value)
        #expect(settings.warnings == [])
    }

    @Test(arguments: [
        ("RECIPIENT_DELIMITERS", "['+-']"), ("RECIPIENT_DELIMITERS", "['']"), ("RECIPIENT_DELIMITERS", "['a']"),
        ("RECIPIENT_DELIMITERS", "['@']"), ("RECIPIENT_DELIMITERS", "['é']"),
        ("TRANSPORT_SERVICES", "['smtp:']"), ("TRANSPORT_SERVICES", "['']"),
        ("default_mta_transport", "''"), ("default_mta_transport", "':x'"), ("default_mta_transport", "'a b'"),
        ("default_mta_transport", "'smtp:x\\n'"), ("default_mta_transport", "'smtp:é'"),
        ("FASTCGI_PEERS", "[]"), ("FASTCGI_PEERS", "['']"), ("FASTCGI_PEERS", "['33']"), ("FASTCGI_PEERS", "['a b']"),
        ("FASTCGI_GATE_FILE", "'gate'"), ("FASTCGI_GATE_FILE", "'/etc/'"), ("FASTCGI_GATE_FILE", "'/a\\0b'"),
        ("API_BASE_PATH", "'/'"), ("API_BASE_PATH", "'iredadmin'"), ("API_BASE_PATH", "'/iredadmin/'"),
        ("API_BASE_PATH", "'/a//b'"), ("API_BASE_PATH", "'/..'"), ("API_BASE_PATH", "'/a?b'"),
        ("API_BASE_PATH", "'/%41'"), ("storage_base_directory", "'/vmail'"), ("storage_base_directory", "'var/vmail'"),
        ("storage_base_directory", "'/var/vmail/'"), ("storage_base_directory", "'/var/../vmail'"),
        ("storage_base_directory", "'/var/./vmail'"), ("storage_base_directory", "'/var//vmail'"),
        ("storage_base_directory", "'/var/Vmail'"), ("storage_base_directory", "'/var/v mail'"),
        ("storage_base_directory", "'/var/v%u'"), ("storage_base_directory", "''"),
        ("MAILBOX_FOLDER", "''"), ("MAILBOX_FOLDER", "'Mail/x'"), ("MAILBOX_FOLDER", "'aaaaaaaaaaaaaaaaaaaaa'"),
        ("PASSWORD_SPECIAL_CHARACTERS", "' '"), ("PASSWORD_SPECIAL_CHARACTERS", "'é'"),
        ("ldap_basedn", "''"), ("ldap_basedn", "'o=a,'"), ("ldap_basedn", "'o'"), ("ldap_basedn", "'o=a\\nb'"),
        ("DAYS_TO_KEEP_REMOVED_MAILBOX", "[]"), ("DAYS_TO_KEEP_REMOVED_MAILBOX", "[-1]"),
        ("DEFAULT_PASSWORD_SCHEME", "'NTLM'"), ("DEFAULT_PASSWORD_SCHEME", "'SSHA+MD5'"),
        ("ADDITIONAL_ENABLED_USER_SERVICES", "['pop3;']"), ("API_HIDDEN_USER_PROFILES", "['a b']"),
        ("SESSIONS_PER_ADMIN", "0"), ("DOMAIN_OWNERSHIP_VERIFY_CODE_PREFIX", "'a b'"),
        ("DATABASE", "'db.example'"), ("DATABASE", "'mysql://db.example/'"),
        ("DATABASE", "'postgresql://postern:secret@db.example/'"), ("DATABASE", "'host=db.example password=secret'"),
        ("DATABASE", "'postgresql://db.example/?password=secret'"),
        ("DATABASE_READ", "'db.example'"), ("DATABASE_READ", "'host=db.example password=secret'"),
    ])
    func refuses(_ key: String, _ value: String) {
        let error = #expect(throws: SettingsError.self) { try Settings.read(text: "\(key) = \(value)", file: "f") }
        #expect(error?.key == key && error?.line == 1)
    }

    @Test(arguments: [
        (
            "max_passwd_length = 7",
            "f:1: max_passwd_length: a longest password of 7 and a shortest of 8 leave none; "
                + "raise max_passwd_length, or write 0 for no limit"
        ),
        (
            "max_passwd_length = 12\nmin_passwd_length = 13",
            "f:1: max_passwd_length: a longest password of 12 and a "
                + "shortest of 13 leave none; raise max_passwd_length, or write 0 for no limit"
        ),
        (
            "min_passwd_length = 73",
            "f:1: min_passwd_length: a shortest password of 73 is more than the 72 bytes of "
                + "BCRYPT (ADMIN_PASSWORD_SCHEME); lower it, or choose another scheme"
        ),
        (
            "\nPASSWORD_SPECIAL_CHARACTERS = ''",
            "f:2: PASSWORD_SPECIAL_CHARACTERS: no password can have a special "
                + "character when there is none; name some, or write PASSWORD_HAS_SPECIAL_CHAR = False"
        ),
        (
            "\nDATABASE_READ = 'host=/run/standby'",
            "f:2: DATABASE_READ: a standby belongs to a server; set DATABASE, too"
        ),
        (
            "ADDITIONAL_ENABLED_USER_SERVICES = ['pop3']\nADDITIONAL_DISABLED_USER_SERVICES = ['imap', 'pop3']",
            "f:2: ADDITIONAL_DISABLED_USER_SERVICES: 'pop3' is also in ADDITIONAL_ENABLED_USER_SERVICES; remove it "
                + "from one of the two"
        ),
    ])
    func refusesValuesThatContradictEachOther(_ text: String, _ expected: String) {
        let error = #expect(throws: SettingsError.self) { try Settings.read(text: text, file: "f") }
        #expect(error?.description == expected)
    }

    @Test func takesAStandbyBesideItsServer() throws {
        let standby = "host=db2.example,db1.example passfile=/etc/postern/postern.pgpass"
        let settings = try Settings.read(text: "DATABASE_READ = '\(standby)'\nDATABASE = 'host=a'", file: "f")
        #expect(settings[Settings.databaseToRead] == standby && settings[Settings.database] == "host=a")
    }

    @Test func givesTheValueSetInCode() throws {
        let settings = Settings().with(Settings.clients, [try IPNetwork("192.0.2.0/24")])
            .with(Settings.sessionTimeout, 1)
        #expect(settings[Settings.clients] == [try IPNetwork("192.0.2.0/24")])
        #expect(settings[Settings.sessionTimeout] == 1)
        #expect(settings.origin(of: "SESSION_TIMEOUT") == .code)
        #expect(Settings()[Settings.clients] == [])
    }
}
