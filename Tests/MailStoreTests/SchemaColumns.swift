/// The columns of every table, written out by hand.
///
/// A bare name is TEXT, NOT NULL, default ''. Otherwise `name:type=default`, where the type is T, I or R (TEXT,
/// INTEGER, REAL), lower-case when NULL is allowed, and no `=` means no default.
enum SchemaColumns {
    static let vmail = [
        "domain": """
        domain description disclaimer aliases:I=0 mailboxes:I=0 maillists:I=0 maxquota:I=0 quota:I=0
        transport:T='dovecot' settings backupmx:I=0
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """,
        "alias_domain": """
        alias_domain target_domain created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' active:I=1
        """,
        "admin": """
        username password name language passwordlastchange:T='1970-01-01 01:01:01' settings
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """,
        "domain_admins": """
        username domain
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """,
        "mailbox": """
        username password name language first_name last_name mobile telephone recovery_email
        birthday:T='0001-01-01' mailboxformat:T='maildir' mailboxfolder:T='Maildir' storagebasedirectory storagenode
        maildir quota:I=0 domain transport department rank:T='normal' employeeid isadmin:I=0 isglobaladmin:I=0
        enablesmtp:I=1 enablesmtpsecured:I=1 enablesmtptls:I=1
        enablepop3:I=1 enablepop3secured:I=1 enablepop3tls:I=1
        enableimap:I=1 enableimapsecured:I=1 enableimaptls:I=1 enabledeliver:I=1 enablelda:I=1
        enablemanagesieve:I=1 enablemanagesievesecured:I=1 enablemanagesievetls:I=1
        enablesieve:I=1 enablesievesecured:I=1 enablesievetls:I=1 enableinternal:I=1 enabledoveadm:I=1
        enablelib-storage:I=1 enablequota-status:I=1 enableindexer-worker:I=1 enablelmtp:I=1 enabledsync:I=1
        enablesogo:I=1 enablesogowebmail:T='y' enablesogocalendar:T='y' enablesogoactivesync:T='y'
        allow_nets:t=NULL disclaimer settings passwordlastchange:T='1970-01-01 01:01:01'
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """,
        "alias": """
        address name accesspolicy domain
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """,
        "forwardings": """
        id:i address forwarding domain dest_domain is_maillist:I=0 is_list:I=0 is_forwarding:I=0 is_alias:I=0
        active:I=1
        """,
        "moderators": "id:i address moderator domain dest_domain",
        "maillists": """
        id:i address domain transport accesspolicy maxmsgsize:I=0 name description:t=NULL mlid is_newsletter:I=0
        settings:t=NULL
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """,
        "maillist_owners": "id:i address owner domain dest_domain",
        "sender_bcc_domain": domainCopies,
        "recipient_bcc_domain": domainCopies,
        "sender_bcc_user": mailboxCopies,
        "recipient_bcc_user": mailboxCopies,
        "sender_relayhost": "id:i account relayhost",
        "deleted_mailboxes": """
        id:i timestamp:T=CURRENT_TIMESTAMP username domain maildir bytes:I=0 messages:I=0 admin delete_date:t=NULL
        """,
        "domain_ownership": """
        id:i admin domain alias_domain verify_code verified:I=0 message last_verify:T='1970-01-01 01:01:01'
        expire:I=0
        """,
        "log": "id:i timestamp:T=CURRENT_TIMESTAMP admin ip domain username event loglevel:T='info' msg changes",
    ]

    private static let domainCopies = """
        domain bcc_address
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """
    private static let mailboxCopies = """
        username bcc_address domain
        created:T='1970-01-01 01:01:01' modified:T='1970-01-01 01:01:01' expired:T='9999-12-31 00:00:00' active:I=1
        """

    static let usage = [
        "used_quota": "username bytes:I=0 messages:I=0 domain",
        "last_login": "username domain imap:i=NULL pop3:i=NULL lda:i=NULL",
        "share_folder": "from_user to_user dummy",
        "anyone_shares": "from_user dummy",
    ]

    static let api = [
        "sessions": "session_id:T admin ip created:I=0 atime:I=0 data",
        "settings": "id:i account:T='global' k v",
    ]

    static let amavisd = [
        "users": "id:i priority:I=7 policy_id:I=0 email:T fullname:t",
        "mailaddr": "id:i priority:I=7 email:T",
        "wblist": "rid:I sid:I wb:T",
        "outbound_wblist": "rid:I sid:I wb:T",
        "policy": """
        id:i policy_name virus_lover:t spam_lover:t unchecked_lover:t banned_files_lover:t bad_header_lover:t
        bypass_virus_checks:t bypass_spam_checks:t bypass_banned_checks:t bypass_header_checks:t
        virus_quarantine_to:t spam_quarantine_to:t banned_quarantine_to:t unchecked_quarantine_to:t
        bad_header_quarantine_to:t clean_quarantine_to:t archive_quarantine_to:t
        spam_tag_level:r spam_tag2_level:r spam_tag3_level:r spam_kill_level:r spam_dsn_cutoff_level:r
        spam_quarantine_cutoff_level:r
        addr_extension_virus:t addr_extension_spam:t addr_extension_banned:t addr_extension_bad_header:t
        warnvirusrecip:t warnbannedrecip:t warnbadhrecip:t newvirus_admin:t virus_admin:t banned_admin:t
        bad_header_admin:t spam_admin:t spam_subject_tag:t spam_subject_tag2:t spam_subject_tag3:t
        message_size_limit:i banned_rulenames:t disclaimer_options:t forward_method:t sa_userconf:t sa_username:t
        """,
    ]

    static let iredapd = [
        "throttle": """
        id:i account:T kind:T='outbound' priority:I=0 period:I=0 msg_size:I=-1 max_msgs:I=-1 max_quota:I=-1
        max_rcpts:I=-1
        """,
        "throttle_tracking": """
        id:i tid:I=0 account period:I=0 cur_msgs:I=0 cur_quota:I=0 init_time:I=0 last_time:I=0 last_notify_time:I=0
        """,
        "greylisting": "id:i account priority:I=0 sender sender_priority:I=0 comment active:I=1",
        "greylisting_whitelists": "id:i account sender comment",
        "greylisting_whitelist_domains": "id:i domain",
        "greylisting_whitelist_domain_spf": "id:i account sender comment",
        "greylisting_tracking": """
        id:i sender:T recipient:T client_address:T sender_domain rcpt_domain init_time:I=0 block_expired:I=0
        record_expired:I=0 blocked_count:I=0 passed:I=0
        """,
        "wblist_rdns": "id:i rdns wb:T='B'",
        "srs_exclude_domains": "id:i domain",
        "senderscore_cache": "client_address score:i=0 time:I=0",
    ]
}
