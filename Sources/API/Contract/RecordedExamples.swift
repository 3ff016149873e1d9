// Written by the tests: POSTERN_RECORD=1 Tests/run --filter RecordedExampleTests

extension RecordedExample {
    /// By the operation's name.
    package static let recorded: [String: RecordedExample] = [
        "login": RecordedExample(
            target: "/api/login", form: "username=postmaster@admin.example&password=Secret-1234",
            answer: #"{"_success": true}"#),
        "logout": RecordedExample(
            target: "/api/logout", form: nil,
            answer: #"{"_success": true}"#),
        "list_domains": RecordedExample(
            target: "/api/domains?name_only=yes", form: nil,
            answer: #"{"_success": true, "_data": ["example.com", "example.org"]}"#),
        "get_domain": RecordedExample(
            target: "/api/domain/example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "domain": "example.com",
                        "description": "Example Ltd",
                        "disclaimer": "",
                        "aliases": 0,
                        "mailboxes": 100,
                        "maillists": 0,
                        "maxquota": 20480,
                        "quota": 0,
                        "transport": "dovecot",
                        "settings": {"default_user_quota": 1024},
                        "backupmx": 0,
                        "created": "2026-01-31 23:59:59",
                        "modified": "2026-01-31 23:59:59",
                        "expired": "9999-12-31 00:00:00",
                        "active": 1,
                        "num_existing_users": 1,
                        "num_existing_aliases": 0,
                        "num_existing_maillists": 0,
                        "quota_count": 1024,
                        "stored_bytes": 0,
                        "stored_messages": 0,
                        "alias_domains": ["example.net"],
                        "waiting_alias_domains": [],
                        "catchall": ["jo@example.com"],
                        "sender_bcc": "",
                        "recipient_bcc": "",
                        "outbound_relay": "",
                        "primarymx": "",
                        "admins": ["admin@office.example"]
                    }
                }
                """#),
        "create_domain": RecordedExample(
            target: "/api/domain/example.com", form: "name=Example+Ltd&quota=20480&defaultQuota=1024&numberOfUsers=100",
            answer: #"{"_success": true}"#),
        "update_domain": RecordedExample(
            target: "/api/domain/example.com", form: "aliasDomains=example.net&catchall=jo@example.com",
            answer: #"{"_success": true}"#),
        "delete_domain": RecordedExample(
            target: "/api/domain/example.org", form: nil,
            answer: #"{"_success": true}"#),
        "delete_domain_and_purge_later": RecordedExample(
            target: "/api/domain/example.com/keep_mailbox_days/30", form: nil,
            answer: #"{"_success": true}"#),
        "update_domain_admins": RecordedExample(
            target: "/api/domain/admins/example.com", form: "addAdmin=admin@office.example",
            answer: #"{"_success": true}"#),
        "get_admin": RecordedExample(
            target: "/api/admin/admin@office.example", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "username": "admin@office.example",
                        "name": "Jo Example",
                        "language": "",
                        "passwordlastchange": "2026-01-31 23:59:59",
                        "settings": {"create_max_domains": 5, "create_new_domains": "yes"},
                        "created": "2026-01-31 23:59:59",
                        "modified": "1970-01-01 01:01:01",
                        "expired": "9999-12-31 00:00:00",
                        "active": 1,
                        "isglobaladmin": 0,
                        "managed_domains": []
                    }
                }
                """#),
        "create_admin": RecordedExample(
            target: "/api/admin/admin@office.example", form: "name=Jo+Example&password=Secret-1234&maxDomains=5",
            answer: #"{"_success": true}"#),
        "update_admin": RecordedExample(
            target: "/api/admin/admin@office.example", form: "maxUsers=100&maxQuota=10&quotaUnit=GB",
            answer: #"{"_success": true}"#),
        "delete_admin": RecordedExample(
            target: "/api/admin/admin@office.example", form: nil,
            answer: #"{"_success": true}"#),
        "get_user": RecordedExample(
            target: "/api/user/jo@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "username": "jo@example.com",
                        "name": "Jo Example",
                        "language": "",
                        "first_name": "",
                        "last_name": "",
                        "mobile": "",
                        "telephone": "",
                        "recovery_email": "",
                        "birthday": "0001-01-01",
                        "mailboxformat": "maildir",
                        "mailboxfolder": "Maildir",
                        "storagebasedirectory": "/var/vmail",
                        "storagenode": "vmail1",
                        "maildir": "example.com/j/o/_/jo-2026.01.31.23.59.59/",
                        "quota": 1024,
                        "domain": "example.com",
                        "transport": "",
                        "department": "",
                        "rank": "normal",
                        "employeeid": "4711",
                        "isadmin": 0,
                        "isglobaladmin": 0,
                        "enablesmtp": 1,
                        "enablesmtpsecured": 1,
                        "enablesmtptls": 1,
                        "enablepop3": 1,
                        "enablepop3secured": 1,
                        "enablepop3tls": 1,
                        "enableimap": 1,
                        "enableimapsecured": 1,
                        "enableimaptls": 1,
                        "enabledeliver": 1,
                        "enablelda": 1,
                        "enablemanagesieve": 1,
                        "enablemanagesievesecured": 1,
                        "enablemanagesievetls": 1,
                        "enablesieve": 1,
                        "enablesievesecured": 1,
                        "enablesievetls": 1,
                        "enableinternal": 1,
                        "enabledoveadm": 1,
                        "enablelib-storage": 1,
                        "enablequota-status": 1,
                        "enableindexer-worker": 1,
                        "enablelmtp": 1,
                        "enabledsync": 1,
                        "enablesogo": 1,
                        "enablesogowebmail": "y",
                        "enablesogocalendar": "y",
                        "enablesogoactivesync": "y",
                        "allow_nets": null,
                        "disclaimer": "",
                        "settings": {},
                        "passwordlastchange": "2026-01-31 23:59:59",
                        "created": "2026-01-31 23:59:59",
                        "modified": "2026-01-31 23:59:59",
                        "expired": "9999-12-31 00:00:00",
                        "active": 1,
                        "sender_bcc": "",
                        "recipient_bcc": "",
                        "relayhost": "",
                        "stored_bytes": 0,
                        "stored_messages": 0,
                        "forwardings": ["jo@example.com", "jo@example.org"],
                        "aliases": [],
                        "services": [
                            "deliver",
                            "doveadm",
                            "dsync",
                            "imap",
                            "imapsecured",
                            "imaptls",
                            "indexer-worker",
                            "internal",
                            "lda",
                            "lib-storage",
                            "lmtp",
                            "managesieve",
                            "managesievesecured",
                            "managesievetls",
                            "pop3",
                            "pop3secured",
                            "pop3tls",
                            "quota-status",
                            "sieve",
                            "sievesecured",
                            "sievetls",
                            "smtp",
                            "smtpsecured",
                            "smtptls",
                            "sogo",
                            "sogoactivesync",
                            "sogocalendar",
                            "sogowebmail"
                        ],
                        "managed_domains": [],
                        "member_of_aliases": ["sales@example.com"],
                        "member_of_maillists": ["news@example.com"]
                    }
                }
                """#),
        "create_user": RecordedExample(
            target: "/api/user/jo@example.com", form: "name=Jo+Example&password=Secret-1234&quota=1024",
            answer: #"{"_success": true}"#),
        "update_user": RecordedExample(
            target: "/api/user/jo@example.com", form: "employeeid=4711&forwarding=jo@example.com,jo@example.org",
            answer: #"{"_success": true}"#),
        "delete_user": RecordedExample(
            target: "/api/user/jo.example@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "delete_user_and_purge_later": RecordedExample(
            target: "/api/user/al@example.com/keep_mailbox_days/30", form: nil,
            answer: #"{"_success": true}"#),
        "rename_user": RecordedExample(
            target: "/api/user/jo@example.com/change_email/jo.example@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "list_users": RecordedExample(
            target: "/api/users/example.com?email_only=yes&limit=100", form: nil,
            answer: #"{"_success": true, "_data": ["al@example.com", "jo@example.com"]}"#),
        "update_users": RecordedExample(
            target: "/api/users/example.com", form: "language=en_US",
            answer: #"{"_success": true}"#),
        "verify_admin_password": RecordedExample(
            target: "/api/verify_password/admin/admin@office.example", form: "password=Secret-1234",
            answer: #"{"_success": true}"#),
        "verify_user_password": RecordedExample(
            target: "/api/verify_password/user/jo@example.com", form: "password=Secret-1234",
            answer: #"{"_success": true}"#),
        "get_mailing_list": RecordedExample(
            target: "/api/maillist/news@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "id": 1,
                        "address": "news@example.com",
                        "domain": "example.com",
                        "transport": "dovecot",
                        "accesspolicy": "moderatorsonly",
                        "maxmsgsize": 0,
                        "name": "News",
                        "description": null,
                        "mlid": "6fa1c2f4-0d5e-4c39-9d7b-2a1e8c5b7f30",
                        "is_newsletter": 0,
                        "settings": {},
                        "created": "2026-01-31 23:59:59",
                        "modified": "2026-01-31 23:59:59",
                        "expired": "9999-12-31 00:00:00",
                        "active": 1,
                        "members": ["jo@example.com"],
                        "moderators": ["jo@example.com"],
                        "owners": []
                    }
                }
                """#),
        "create_mailing_list": RecordedExample(
            target: "/api/maillist/news@example.com", form: "name=News&members=jo@example.com",
            answer: #"{"_success": true}"#),
        "update_mailing_list": RecordedExample(
            target: "/api/maillist/news@example.com", form: "accessPolicy=moderatorsonly&moderators=jo@example.com",
            answer: #"{"_success": true}"#),
        "delete_mailing_list": RecordedExample(
            target: "/api/maillist/news@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "get_alias": RecordedExample(
            target: "/api/alias/sales@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "address": "sales@example.com",
                        "name": "Sales",
                        "accesspolicy": "domain",
                        "domain": "example.com",
                        "created": "2026-01-31 23:59:59",
                        "modified": "2026-01-31 23:59:59",
                        "expired": "9999-12-31 00:00:00",
                        "active": 1,
                        "members": ["jo@example.com", "jo@example.org"],
                        "moderators": []
                    }
                }
                """#),
        "create_alias": RecordedExample(
            target: "/api/alias/sales@example.com", form: "name=Sales&accessPolicy=domain&members=jo@example.com",
            answer: #"{"_success": true}"#),
        "update_alias": RecordedExample(
            target: "/api/alias/sales@example.com", form: "addMember=jo@example.org",
            answer: #"{"_success": true}"#),
        "delete_alias": RecordedExample(
            target: "/api/alias/team@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "rename_alias": RecordedExample(
            target: "/api/alias/sales@example.com/change_email/team@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "list_aliases": RecordedExample(
            target: "/api/aliases/example.com?email_only=yes", form: nil,
            answer: #"{"_success": true, "_data": ["sales@example.com"]}"#),
        "list_subscribable_lists": RecordedExample(
            target: "/api/mls/example.com?email_only=yes", form: nil,
            answer: #"{"_success": true, "_data": ["letter@example.com"]}"#),
        "get_subscribable_list": RecordedExample(
            target: "/api/ml/letter@example.com?with_subscribers=yes", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "id": 2,
                        "address": "letter@example.com",
                        "domain": "example.com",
                        "transport": "mlmmj:example.com/letter",
                        "accesspolicy": "membersonly",
                        "maxmsgsize": 0,
                        "name": "Letter",
                        "description": null,
                        "mlid": "6fa1c2f4-0d5e-4c39-9d7b-2a1e8c5b7f31",
                        "is_newsletter": 0,
                        "settings": {},
                        "created": "2026-01-31 23:59:59",
                        "modified": "2026-01-31 23:59:59",
                        "expired": "9999-12-31 00:00:00",
                        "active": 1,
                        "close_list": "no",
                        "disable_subscription": "no",
                        "disable_subscription_confirm": "no",
                        "disable_digest_subscription": "no",
                        "disable_digest_text": "no",
                        "disable_nomail_subscription": "no",
                        "moderated": "yes",
                        "moderate_non_subscriber_post": "no",
                        "disable_retrieving_old_posts": "no",
                        "only_subscriber_can_get_old_posts": "yes",
                        "disable_retrieving_subscribers": "yes",
                        "disable_send_copy_to_sender": "yes",
                        "notify_owner_when_sub_unsub": "no",
                        "notify_sender_when_moderated": "no",
                        "disable_archive": "no",
                        "only_moderator_can_post": "no",
                        "only_subscriber_can_post": "yes",
                        "moderate_subscription": "no",
                        "subscription_moderators": [],
                        "owner": ["jo@example.com"],
                        "moderators": ["jo@example.com"],
                        "extra_addresses": [],
                        "max_message_size": 0,
                        "subject_prefix": "[letter]",
                        "custom_headers": [],
                        "remove_headers": [],
                        "footer_text": "The letter of Example Ltd",
                        "footer_html": "",
                        "subscribers": [
                            {"mail": "jo@example.com", "subscription": "digest"},
                            {"mail": "jo@example.org", "subscription": "normal"}
                        ]
                    }
                }
                """#),
        "create_subscribable_list": RecordedExample(
            target: "/api/ml/letter@example.com",
            form:
                "name=Letter&owner=jo@example.com&subject_prefix=[letter]&subscribers=jo@example.org&require_confirm=no",
            answer: #"{"_success": true}"#),
        "update_subscribable_list": RecordedExample(
            target: "/api/ml/letter@example.com",
            form:
                "moderated=yes&moderators=jo@example.com&footer_text=The+letter+of+Example+Ltd&add_subscribers=jo@example.com&subscription=digest&require_confirm=no",
            answer: #"{"_success": true}"#),
        "delete_subscribable_list": RecordedExample(
            target: "/api/ml/letter@example.com?keep_archive=no", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_spam_policy": RecordedExample(
            target: "/api/spampolicy/global", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "@.",
                        "bypass_spam_checks": "no",
                        "bypass_virus_checks": "no",
                        "bypass_banned_checks": "no",
                        "bypass_header_checks": "no",
                        "quarantine_spam": "no",
                        "quarantine_virus": "yes",
                        "quarantine_banned": "yes",
                        "quarantine_bad_header": "no",
                        "prefix_spam_in_subject": null,
                        "always_insert_x_spam_headers": null,
                        "spam_score": 5.5,
                        "banned_rulenames": "ALLOW_MS_WORD"
                    }
                }
                """#),
        "get_domain_spam_policy": RecordedExample(
            target: "/api/spampolicy/domain/example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "@example.com",
                        "bypass_spam_checks": null,
                        "bypass_virus_checks": null,
                        "bypass_banned_checks": null,
                        "bypass_header_checks": null,
                        "quarantine_spam": null,
                        "quarantine_virus": null,
                        "quarantine_banned": null,
                        "quarantine_bad_header": null,
                        "prefix_spam_in_subject": null,
                        "always_insert_x_spam_headers": null,
                        "spam_score": 5.5,
                        "banned_rulenames": "ALLOW_MS_WORD"
                    }
                }
                """#),
        "get_account_spam_policy": RecordedExample(
            target: "/api/spampolicy/user/jo@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "jo@example.com",
                        "bypass_spam_checks": null,
                        "bypass_virus_checks": null,
                        "bypass_banned_checks": null,
                        "bypass_header_checks": null,
                        "quarantine_spam": null,
                        "quarantine_virus": null,
                        "quarantine_banned": null,
                        "quarantine_bad_header": null,
                        "prefix_spam_in_subject": null,
                        "always_insert_x_spam_headers": null,
                        "spam_score": 5.5,
                        "banned_rulenames": "ALLOW_MS_WORD"
                    }
                }
                """#),
        "update_global_spam_policy": RecordedExample(
            target: "/api/spampolicy/global", form: "spam_score=5.5&banned_rulenames=ALLOW_MS_WORD",
            answer: #"{"_success": true}"#),
        "update_domain_spam_policy": RecordedExample(
            target: "/api/spampolicy/domain/example.com", form: "spam_score=5.5&banned_rulenames=ALLOW_MS_WORD",
            answer: #"{"_success": true}"#),
        "update_account_spam_policy": RecordedExample(
            target: "/api/spampolicy/user/jo@example.com", form: "spam_score=5.5&banned_rulenames=ALLOW_MS_WORD",
            answer: #"{"_success": true}"#),
        "delete_global_spam_policy": RecordedExample(
            target: "/api/spampolicy/global", form: nil,
            answer: #"{"_success": true}"#),
        "delete_domain_spam_policy": RecordedExample(
            target: "/api/spampolicy/domain/example.com", form: nil,
            answer: #"{"_success": true}"#),
        "delete_account_spam_policy": RecordedExample(
            target: "/api/spampolicy/user/jo@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_inbound_throttle": RecordedExample(
            target: "/api/throttle/global/inbound", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "@.",
                        "kind": "inbound",
                        "period": 3600,
                        "msg_size": -1,
                        "max_msgs": 100,
                        "max_quota": -1,
                        "max_rcpts": -1
                    }
                }
                """#),
        "get_domain_inbound_throttle": RecordedExample(
            target: "/api/throttle/example.com/inbound", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "@example.com",
                        "kind": "inbound",
                        "period": 3600,
                        "msg_size": -1,
                        "max_msgs": 100,
                        "max_quota": -1,
                        "max_rcpts": -1
                    }
                }
                """#),
        "get_account_inbound_throttle": RecordedExample(
            target: "/api/throttle/jo@example.com/inbound", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "jo@example.com",
                        "kind": "inbound",
                        "period": 3600,
                        "msg_size": -1,
                        "max_msgs": 100,
                        "max_quota": -1,
                        "max_rcpts": -1
                    }
                }
                """#),
        "set_global_inbound_throttle": RecordedExample(
            target: "/api/throttle/global/inbound", form: "period=3600&max_msgs=100",
            answer: #"{"_success": true}"#),
        "set_domain_inbound_throttle": RecordedExample(
            target: "/api/throttle/example.com/inbound", form: "period=3600&max_msgs=100",
            answer: #"{"_success": true}"#),
        "set_account_inbound_throttle": RecordedExample(
            target: "/api/throttle/jo@example.com/inbound", form: "period=3600&max_msgs=100",
            answer: #"{"_success": true}"#),
        "delete_global_inbound_throttle": RecordedExample(
            target: "/api/throttle/global/inbound", form: nil,
            answer: #"{"_success": true}"#),
        "delete_domain_inbound_throttle": RecordedExample(
            target: "/api/throttle/example.com/inbound", form: nil,
            answer: #"{"_success": true}"#),
        "delete_account_inbound_throttle": RecordedExample(
            target: "/api/throttle/jo@example.com/inbound", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_outbound_throttle": RecordedExample(
            target: "/api/throttle/global/outbound", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "@.",
                        "kind": "outbound",
                        "period": 3600,
                        "msg_size": -1,
                        "max_msgs": 100,
                        "max_quota": -1,
                        "max_rcpts": -1
                    }
                }
                """#),
        "get_domain_outbound_throttle": RecordedExample(
            target: "/api/throttle/example.com/outbound", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "@example.com",
                        "kind": "outbound",
                        "period": 3600,
                        "msg_size": -1,
                        "max_msgs": 100,
                        "max_quota": -1,
                        "max_rcpts": -1
                    }
                }
                """#),
        "get_account_outbound_throttle": RecordedExample(
            target: "/api/throttle/jo@example.com/outbound", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "jo@example.com",
                        "kind": "outbound",
                        "period": 3600,
                        "msg_size": -1,
                        "max_msgs": 100,
                        "max_quota": -1,
                        "max_rcpts": -1
                    }
                }
                """#),
        "set_global_outbound_throttle": RecordedExample(
            target: "/api/throttle/global/outbound", form: "period=3600&max_msgs=100",
            answer: #"{"_success": true}"#),
        "set_domain_outbound_throttle": RecordedExample(
            target: "/api/throttle/example.com/outbound", form: "period=3600&max_msgs=100",
            answer: #"{"_success": true}"#),
        "set_account_outbound_throttle": RecordedExample(
            target: "/api/throttle/jo@example.com/outbound", form: "period=3600&max_msgs=100",
            answer: #"{"_success": true}"#),
        "delete_global_outbound_throttle": RecordedExample(
            target: "/api/throttle/global/outbound", form: nil,
            answer: #"{"_success": true}"#),
        "delete_domain_outbound_throttle": RecordedExample(
            target: "/api/throttle/example.com/outbound", form: nil,
            answer: #"{"_success": true}"#),
        "delete_account_outbound_throttle": RecordedExample(
            target: "/api/throttle/jo@example.com/outbound", form: nil,
            answer: #"{"_success": true}"#),
        "list_greylisting": RecordedExample(
            target: "/api/greylisting/all", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": [
                        {
                            "account": "jo@example.com",
                            "sender": "@.",
                            "status": "enable",
                            "priority": 100,
                            "sender_priority": 0,
                            "comment": ""
                        },
                        {
                            "account": "@example.com",
                            "sender": "@.",
                            "status": "enable",
                            "priority": 60,
                            "sender_priority": 0,
                            "comment": ""
                        },
                        {
                            "account": "@.",
                            "sender": "@.",
                            "status": "enable",
                            "priority": 0,
                            "sender_priority": 0,
                            "comment": ""
                        }
                    ]
                }
                """#),
        "get_global_greylisting": RecordedExample(
            target: "/api/greylisting/global", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {"account": "@.", "sender": "@.", "status": "enable"}
                }
                """#),
        "get_domain_greylisting": RecordedExample(
            target: "/api/greylisting/example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {"account": "@example.com", "sender": "@.", "status": "enable"}
                }
                """#),
        "get_account_greylisting": RecordedExample(
            target: "/api/greylisting/jo@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {"account": "jo@example.com", "sender": "@.", "status": "enable"}
                }
                """#),
        "set_global_greylisting": RecordedExample(
            target: "/api/greylisting/global", form: "status=enable",
            answer: #"{"_success": true}"#),
        "set_domain_greylisting": RecordedExample(
            target: "/api/greylisting/example.com", form: "status=enable",
            answer: #"{"_success": true}"#),
        "set_account_greylisting": RecordedExample(
            target: "/api/greylisting/jo@example.com", form: "status=enable",
            answer: #"{"_success": true}"#),
        "delete_global_greylisting": RecordedExample(
            target: "/api/greylisting/global", form: nil,
            answer: #"{"_success": true}"#),
        "delete_domain_greylisting": RecordedExample(
            target: "/api/greylisting/example.com", form: nil,
            answer: #"{"_success": true}"#),
        "delete_account_greylisting": RecordedExample(
            target: "/api/greylisting/jo@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_greylisting_whitelist": RecordedExample(
            target: "/api/greylisting/global/whitelists", form: nil,
            answer: #"{"_success": true, "_data": ["@example.net"]}"#),
        "get_domain_greylisting_whitelist": RecordedExample(
            target: "/api/greylisting/example.com/whitelists", form: nil,
            answer: #"{"_success": true, "_data": ["@example.net"]}"#),
        "get_account_greylisting_whitelist": RecordedExample(
            target: "/api/greylisting/jo@example.com/whitelists", form: nil,
            answer: #"{"_success": true, "_data": ["@example.net"]}"#),
        "update_global_greylisting_whitelist": RecordedExample(
            target: "/api/greylisting/global/whitelists", form: "addSenders=@example.net",
            answer: #"{"_success": true}"#),
        "update_domain_greylisting_whitelist": RecordedExample(
            target: "/api/greylisting/example.com/whitelists", form: "addSenders=@example.net",
            answer: #"{"_success": true}"#),
        "update_account_greylisting_whitelist": RecordedExample(
            target: "/api/greylisting/jo@example.com/whitelists", form: "addSenders=@example.net",
            answer: #"{"_success": true}"#),
        "get_greylisting_spf_domains": RecordedExample(
            target: "/api/greylisting/whitelist_spf_domains", form: nil,
            answer: #"{"_success": true, "_data": ["example.net"]}"#),
        "update_greylisting_spf_domains": RecordedExample(
            target: "/api/greylisting/whitelist_spf_domains", form: "addDomains=example.net&query_dns_immediately=yes",
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "domains": [
                            {
                                "domain": "example.net",
                                "status": "ok",
                                "reason": null,
                                "count": 2,
                                "senders": ["192.0.2.0/24", "2001:db8::25"]
                            }
                        ],
                        "others": 0
                    }
                }
                """#),
        "get_global_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/global", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_domain_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_account_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/jo@example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "add_to_global_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/global", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_domain_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_account_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/jo@example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_global_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/global", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_domain_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_account_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/jo@example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "clear_global_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/global", form: nil,
            answer: #"{"_success": true}"#),
        "clear_domain_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/example.com", form: nil,
            answer: #"{"_success": true}"#),
        "clear_account_inbound_whitelist": RecordedExample(
            target: "/api/wblist/inbound/whitelist/jo@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/global", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_domain_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_account_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/jo@example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "add_to_global_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/global", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_domain_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_account_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/jo@example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_global_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/global", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_domain_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_account_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/jo@example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "clear_global_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/global", form: nil,
            answer: #"{"_success": true}"#),
        "clear_domain_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/example.com", form: nil,
            answer: #"{"_success": true}"#),
        "clear_account_inbound_blacklist": RecordedExample(
            target: "/api/wblist/inbound/blacklist/jo@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/global", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_domain_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_account_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/jo@example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "add_to_global_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/global", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_domain_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_account_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/jo@example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_global_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/global", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_domain_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_account_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/jo@example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "clear_global_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/global", form: nil,
            answer: #"{"_success": true}"#),
        "clear_domain_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/example.com", form: nil,
            answer: #"{"_success": true}"#),
        "clear_account_outbound_whitelist": RecordedExample(
            target: "/api/wblist/outbound/whitelist/jo@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "get_global_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/global", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_domain_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "get_account_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/jo@example.com", form: nil,
            answer: #"{"_success": true, "_data": ["192.0.2.0/24", "@example.net"]}"#),
        "add_to_global_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/global", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_domain_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "add_to_account_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/jo@example.com", form: "addresses=@example.net,192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_global_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/global", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_domain_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "remove_from_account_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/jo@example.com", form: "addresses=192.0.2.0/24",
            answer: #"{"_success": true}"#),
        "clear_global_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/global", form: nil,
            answer: #"{"_success": true}"#),
        "clear_domain_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/example.com", form: nil,
            answer: #"{"_success": true}"#),
        "clear_account_outbound_blacklist": RecordedExample(
            target: "/api/wblist/outbound/blacklist/jo@example.com", form: nil,
            answer: #"{"_success": true}"#),
        "explain_policies": RecordedExample(
            target: "/api/policy/explain/jo@example.com?sender=jo@example.net&client=192.0.2.1", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": {
                        "account": "jo@example.com",
                        "spampolicy": {
                            "rows": [
                                {
                                    "account": "jo@example.com",
                                    "priority": 10,
                                    "bypass_spam_checks": null,
                                    "bypass_virus_checks": null,
                                    "bypass_banned_checks": null,
                                    "bypass_header_checks": null,
                                    "quarantine_spam": null,
                                    "quarantine_virus": null,
                                    "quarantine_banned": null,
                                    "quarantine_bad_header": null,
                                    "prefix_spam_in_subject": null,
                                    "always_insert_x_spam_headers": null,
                                    "spam_score": 5.5,
                                    "banned_rulenames": "ALLOW_MS_WORD"
                                },
                                {
                                    "account": "@example.com",
                                    "priority": 5,
                                    "bypass_spam_checks": null,
                                    "bypass_virus_checks": null,
                                    "bypass_banned_checks": null,
                                    "bypass_header_checks": null,
                                    "quarantine_spam": null,
                                    "quarantine_virus": null,
                                    "quarantine_banned": null,
                                    "quarantine_bad_header": null,
                                    "prefix_spam_in_subject": null,
                                    "always_insert_x_spam_headers": null,
                                    "spam_score": 5.5,
                                    "banned_rulenames": "ALLOW_MS_WORD"
                                },
                                {
                                    "account": "@.",
                                    "priority": 0,
                                    "bypass_spam_checks": "no",
                                    "bypass_virus_checks": "no",
                                    "bypass_banned_checks": "no",
                                    "bypass_header_checks": "no",
                                    "quarantine_spam": "no",
                                    "quarantine_virus": "yes",
                                    "quarantine_banned": "yes",
                                    "quarantine_bad_header": "no",
                                    "prefix_spam_in_subject": null,
                                    "always_insert_x_spam_headers": null,
                                    "spam_score": 5.5,
                                    "banned_rulenames": "ALLOW_MS_WORD"
                                }
                            ],
                            "effective": {
                                "bypass_spam_checks": {"value": "no", "account": "@."},
                                "bypass_virus_checks": {"value": "no", "account": "@."},
                                "bypass_banned_checks": {"value": "no", "account": "@."},
                                "bypass_header_checks": {"value": "no", "account": "@."},
                                "quarantine_spam": {"value": "no", "account": "@."},
                                "quarantine_virus": {"value": "yes", "account": "@."},
                                "quarantine_banned": {"value": "yes", "account": "@."},
                                "quarantine_bad_header": {"value": "no", "account": "@."},
                                "prefix_spam_in_subject": {"value": null, "account": null},
                                "always_insert_x_spam_headers": {"value": null, "account": null},
                                "spam_score": {"value": 5.5, "account": "jo@example.com"},
                                "banned_rulenames": [{"name": "ALLOW_MS_WORD", "account": "jo@example.com"}]
                            }
                        },
                        "throttle": {
                            "inbound": {
                                "rows": [
                                    {
                                        "account": "jo@example.com",
                                        "kind": "inbound",
                                        "period": 3600,
                                        "msg_size": -1,
                                        "max_msgs": 100,
                                        "max_quota": -1,
                                        "max_rcpts": -1,
                                        "priority": 100
                                    },
                                    {
                                        "account": "@example.com",
                                        "kind": "inbound",
                                        "period": 3600,
                                        "msg_size": -1,
                                        "max_msgs": 100,
                                        "max_quota": -1,
                                        "max_rcpts": -1,
                                        "priority": 60
                                    },
                                    {
                                        "account": "@.",
                                        "kind": "inbound",
                                        "period": 3600,
                                        "msg_size": -1,
                                        "max_msgs": 100,
                                        "max_quota": -1,
                                        "max_rcpts": -1,
                                        "priority": 0
                                    }
                                ],
                                "effective": {
                                    "msg_size": {"value": 0, "period": null, "account": null},
                                    "max_msgs": {
                                        "value": 100,
                                        "period": 3600,
                                        "account": "jo@example.com"
                                    },
                                    "max_quota": {"value": 0, "period": null, "account": null},
                                    "max_rcpts": {"value": 0, "period": null, "account": null}
                                }
                            },
                            "outbound": {
                                "rows": [
                                    {
                                        "account": "jo@example.com",
                                        "kind": "outbound",
                                        "period": 3600,
                                        "msg_size": -1,
                                        "max_msgs": 100,
                                        "max_quota": -1,
                                        "max_rcpts": -1,
                                        "priority": 100
                                    },
                                    {
                                        "account": "@example.com",
                                        "kind": "outbound",
                                        "period": 3600,
                                        "msg_size": -1,
                                        "max_msgs": 100,
                                        "max_quota": -1,
                                        "max_rcpts": -1,
                                        "priority": 60
                                    },
                                    {
                                        "account": "@.",
                                        "kind": "outbound",
                                        "period": 3600,
                                        "msg_size": -1,
                                        "max_msgs": 100,
                                        "max_quota": -1,
                                        "max_rcpts": -1,
                                        "priority": 0
                                    }
                                ],
                                "effective": {
                                    "msg_size": {"value": 0, "period": null, "account": null},
                                    "max_msgs": {
                                        "value": 100,
                                        "period": 3600,
                                        "account": "jo@example.com"
                                    },
                                    "max_quota": {"value": 0, "period": null, "account": null},
                                    "max_rcpts": {"value": 0, "period": null, "account": null}
                                }
                            }
                        },
                        "greylisting": {
                            "rows": [
                                {
                                    "account": "jo@example.com",
                                    "sender": "@.",
                                    "status": "enable",
                                    "priority": 100,
                                    "sender_priority": 0,
                                    "comment": ""
                                },
                                {
                                    "account": "@example.com",
                                    "sender": "@.",
                                    "status": "enable",
                                    "priority": 60,
                                    "sender_priority": 0,
                                    "comment": ""
                                },
                                {
                                    "account": "@.",
                                    "sender": "@.",
                                    "status": "enable",
                                    "priority": 0,
                                    "sender_priority": 0,
                                    "comment": ""
                                }
                            ],
                            "whitelists": [
                                {
                                    "account": "@.",
                                    "sender": "@example.net",
                                    "comment": "",
                                    "list": "whitelists"
                                },
                                {
                                    "account": "@example.com",
                                    "sender": "@example.net",
                                    "comment": "",
                                    "list": "whitelists"
                                },
                                {
                                    "account": "jo@example.com",
                                    "sender": "@example.net",
                                    "comment": "",
                                    "list": "whitelists"
                                }
                            ],
                            "effective": {
                                "status": "disable",
                                "list": "whitelists",
                                "account": "@.",
                                "sender": "@example.net"
                            }
                        },
                        "wblist": {
                            "inbound": {
                                "rows": [
                                    {
                                        "account": "jo@example.com",
                                        "priority": 10,
                                        "address": "@example.net",
                                        "address_priority": 5,
                                        "list": "blacklist"
                                    },
                                    {
                                        "account": "@example.com",
                                        "priority": 5,
                                        "address": "@example.net",
                                        "address_priority": 5,
                                        "list": "blacklist"
                                    },
                                    {
                                        "account": "@.",
                                        "priority": 0,
                                        "address": "@example.net",
                                        "address_priority": 5,
                                        "list": "blacklist"
                                    }
                                ],
                                "effective": {
                                    "iredapd": {
                                        "list": "blacklist",
                                        "account": "jo@example.com",
                                        "address": "@example.net"
                                    },
                                    "amavisd": {
                                        "list": "blacklist",
                                        "account": "jo@example.com",
                                        "address": "@example.net"
                                    }
                                }
                            },
                            "outbound": {
                                "rows": [
                                    {
                                        "account": "jo@example.com",
                                        "priority": 10,
                                        "address": "@example.net",
                                        "address_priority": 5,
                                        "list": "blacklist"
                                    },
                                    {
                                        "account": "@example.com",
                                        "priority": 5,
                                        "address": "@example.net",
                                        "address_priority": 5,
                                        "list": "blacklist"
                                    },
                                    {
                                        "account": "@.",
                                        "priority": 0,
                                        "address": "@example.net",
                                        "address_priority": 5,
                                        "list": "blacklist"
                                    }
                                ],
                                "effective": {
                                    "iredapd": {"list": null, "account": null, "address": null}
                                }
                            }
                        }
                    }
                }
                """#),
        "get_domain_ldif": RecordedExample(
            target: "/api/ldif/domain/example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": "dn: domainName=example.com,o=domains,dc=iredmail,dc=org\nobjectClass: mailDomain\ndoma\#
                inName: example.com\ncn: Example Ltd\nmtaTransport: dovecot\naccountStatus: active\nenabledService:\#
                 mail\nenabledService: domainalias\ndomainAliasName: example.net\ndomainAdmin: admin@office.example\#
                \naccountSetting: defaultQuota:1024\naccountSetting: domainQuota:20480:MB\naccountSetting: numberOfU\#
                sers:100\ndomainCurrentUserNumber: 2\ndomainCurrentAliasNumber: 1\ndomainCurrentListNumber: 2\n\ndn:\#
                 ou=Users,domainName=example.com,o=domains,dc=iredmail,dc=org\nobjectClass: organizationalUnit\nobje\#
                ctClass: top\nou: Users\n\ndn: ou=Groups,domainName=example.com,o=domains,dc=iredmail,dc=org\nobject\#
                Class: organizationalUnit\nobjectClass: top\nou: Groups\n\ndn: ou=Aliases,domainName=example.com,o=d\#
                omains,dc=iredmail,dc=org\nobjectClass: organizationalUnit\nobjectClass: top\nou: Aliases\n\ndn: ou=\#
                Externals,domainName=example.com,o=domains,dc=iredmail,dc=org\nobjectClass: organizationalUnit\nobje\#
                ctClass: top\nou: Externals\n\n"
                }
                """#),
        "get_catchall_ldif": RecordedExample(
            target: "/api/ldif/catchall/example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": "dn: mail=@example.com,ou=Users,domainName=example.com,o=domains,dc=iredmail,\n dc=org\#
                \nobjectClass: inetOrgPerson\nobjectClass: mailUser\naccountStatus: active\ncn: catch-all\nmail: @ex\#
                ample.com\nmailForwardingAddress: jo@example.com\nsn: catch-all\nuid: catch-all\n\n"
                }
                """#),
        "get_admin_ldif": RecordedExample(
            target: "/api/ldif/admin/admin@office.example", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": "dn: mail=admin@office.example,o=domainAdmins,dc=iredmail,dc=org\nobjectClass: mailAdmi\#
                n\nmail: admin@office.example\nuserPassword: {SSHA512}pp07AIeFNWFsEweV3ttS4aqXN8nHDZfxFI4vjz0d7WSLdJ\#
                mKovNtJ\n 5rYQxg9noOCCmpVoeIFaiZQ7I4ie9LLcWV4YW1wbGVz\ncn: Jo Example\naccountStatus: active\nshadow\#
                LastChange: 20484\naccountSetting: create_max_domains:5\naccountSetting: create_max_quota:10\naccoun\#
                tSetting: create_max_users:100\naccountSetting: create_new_domains:yes\naccountSetting: create_quota\#
                _unit:GB\n\n"
                }
                """#),
        "get_user_ldif": RecordedExample(
            target: "/api/ldif/user/jo@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": "dn: mail=jo@example.com,ou=Users,domainName=example.com,o=domains,dc=iredmai\n l,dc=or\#
                g\nobjectClass: inetOrgPerson\nobjectClass: mailUser\nobjectClass: shadowAccount\nobjectClass: amavi\#
                sAccount\nobjectClass: top\nmail: jo@example.com\nuserPassword: {SSHA512}pp07AIeFNWFsEweV3ttS4aqXN8n\#
                HDZfxFI4vjz0d7WSLdJmKovNtJ\n 5rYQxg9noOCCmpVoeIFaiZQ7I4ie9LLcWV4YW1wbGVz\ncn: Jo Example\nsn: jo\nui\#
                d: jo\nhomeDirectory: /var/vmail/vmail1/example.com/j/o/_/jo-2026.01.31.23.59.59/\nmailboxFormat: ma\#
                ildir\nmailboxFolder: Maildir\nmailQuota: 1073741824\naccountStatus: active\npreferredLanguage: en_U\#
                S\nemployeeNumber: 4711\nshadowAddress: jo@example.net\nmailForwardingAddress: jo@example.com\nmailF\#
                orwardingAddress: jo@example.org\nmemberOfGroup: news@example.com\nshadowLastChange: 20484\namavisLo\#
                cal: TRUE\nenabledService: mail\nenabledService: smtp\nenabledService: smtpsecured\nenabledService:\#
                 smtptls\nenabledService: pop3\nenabledService: pop3secured\nenabledService: pop3tls\nenabledService\#
                : imap\nenabledService: imapsecured\nenabledService: imaptls\nenabledService: deliver\nenabledServic\#
                e: lda\nenabledService: lmtp\nenabledService: managesieve\nenabledService: managesievesecured\nenabl\#
                edService: managesievetls\nenabledService: sieve\nenabledService: sievesecured\nenabledService: siev\#
                etls\nenabledService: internal\nenabledService: doveadm\nenabledService: dsync\nenabledService: lib-\#
                storage\nenabledService: quota-status\nenabledService: indexer-worker\nenabledService: sogo\nenabled\#
                Service: sogowebmail\nenabledService: sogocalendar\nenabledService: sogoactivesync\nenabledService:\#
                 forward\nenabledService: senderbcc\nenabledService: recipientbcc\nenabledService: shadowaddress\nen\#
                abledService: displayedInGlobalAddressBook\n\n"
                }
                """#),
        "get_mailing_list_ldif": RecordedExample(
            target: "/api/ldif/maillist/news@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": "dn: mail=news@example.com,ou=Groups,domainName=example.com,o=domains,dc=ired\n mail,dc\#
                =org\nobjectClass: mailList\nmail: news@example.com\ncn: News\naccountStatus: active\naccessPolicy:\#
                 moderatorsonly\nenabledService: mail\nenabledService: deliver\nshadowAddress: news@example.net\nmem\#
                ber: mail=jo@example.com,ou=Users,domainName=example.com,o=domains,dc=ire\n dmail,dc=org\nlistModera\#
                tor: jo@example.com\nmailingListID: 6fa1c2f4-0d5e-4c39-9d7b-2a1e8c5b7f30\n\n"
                }
                """#),
        "get_alias_ldif": RecordedExample(
            target: "/api/ldif/alias/sales@example.com", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": "dn: mail=sales@example.com,ou=Aliases,domainName=example.com,o=domains,dc=ir\n edmail,\#
                dc=org\nobjectClass: mailAlias\nmail: sales@example.com\ncn: Sales\naccountStatus: active\naccessPol\#
                icy: domain\nenabledService: mail\nenabledService: deliver\nshadowAddress: sales@example.net\nmailFo\#
                rwardingAddress: jo@example.com\nmailForwardingAddress: jo@example.org\n\n"
                }
                """#),
        "list_log": RecordedExample(
            target: "/api/log?account=sales@example.com&limit=1", form: nil,
            answer: #"""
                {
                    "_success": true,
                    "_data": [
                        {
                            "id": 11,
                            "timestamp": "2026-01-31 23:59:59",
                            "admin": "postmaster@admin.example",
                            "ip": "127.0.0.1",
                            "domain": "example.com",
                            "username": "sales@example.com",
                            "event": "update",
                            "msg": "[API] Update alias: sales@example.com.",
                            "changes": [
                                {
                                    "table": "forwardings",
                                    "key": "6",
                                    "after": {
                                        "address": "sales@example.com",
                                        "forwarding": "jo@example.org",
                                        "domain": "example.com",
                                        "dest_domain": "example.org",
                                        "is_list": 1
                                    }
                                }
                            ]
                        }
                    ]
                }
                """#),
        "get_health": RecordedExample(
            target: "/api/health", form: nil,
            answer: #"{"_success": true, "_data": {"status": "ok"}}"#),
        "get_metrics": RecordedExample(
            target: "/api/metrics", form: nil,
            answer: ""),
        "get_openapi": RecordedExample(
            target: "/api/openapi.json", form: nil,
            answer: ""),
        "get_reference": RecordedExample(
            target: "/api/reference", form: nil,
            answer: ""),
    ]
}
