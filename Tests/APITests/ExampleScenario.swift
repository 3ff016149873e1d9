import Gateway

/// One request of every operation, in an order in which each succeeds.
enum ExampleScenario {
    enum Step {
        /// The example of an operation.
        case example(_ id: String, _ target: String, _ form: String? = nil)
        /// What an example needs, and no example itself.
        case preparation(_ method: Method, _ target: String, _ form: String? = nil)
    }

    static let steps: [Step] =
        [.example("login", "/api/login", "username=\(TestAPI.admin)&password=Secret-1234")]
        + accounts + policies + reports + removals
        + [.example("logout", "/api/logout")]

    private static let accounts: [Step] = [
        .example(
            "create_domain", "/api/domain/example.com",
            "name=Example+Ltd&quota=20480&defaultQuota=1024&numberOfUsers=100"),
        .example("create_user", "/api/user/jo@example.com", "name=Jo+Example&password=Secret-1234&quota=1024"),
        .example("update_domain", "/api/domain/example.com", "aliasDomains=example.net&catchall=jo@example.com"),
        .example(
            "create_admin", "/api/admin/admin@office.example", "name=Jo+Example&password=Secret-1234&maxDomains=5"),
        .example("get_admin", "/api/admin/admin@office.example"),
        .example("update_admin", "/api/admin/admin@office.example", "maxUsers=100&maxQuota=10&quotaUnit=GB"),
        .example("update_domain_admins", "/api/domain/admins/example.com", "addAdmin=admin@office.example"),
        .example("get_domain", "/api/domain/example.com"),
        .preparation(.post, "/api/domain/example.org", "name=Example+Society"),
        .example("list_domains", "/api/domains?name_only=yes"),
        .example("update_user", "/api/user/jo@example.com", "employeeid=4711&forwarding=jo@example.com,jo@example.org"),
        .example(
            "create_alias", "/api/alias/sales@example.com", "name=Sales&accessPolicy=domain&members=jo@example.com"),
        .example("update_alias", "/api/alias/sales@example.com", "addMember=jo@example.org"),
        .example("get_alias", "/api/alias/sales@example.com"),
        .example("list_aliases", "/api/aliases/example.com?email_only=yes"),
        .example("create_mailing_list", "/api/maillist/news@example.com", "name=News&members=jo@example.com"),
        .example(
            "update_mailing_list", "/api/maillist/news@example.com",
            "accessPolicy=moderatorsonly&moderators=jo@example.com"),
        .example("get_mailing_list", "/api/maillist/news@example.com"),
        .example(
            "create_subscribable_list", "/api/ml/letter@example.com",
            "name=Letter&owner=jo@example.com&subject_prefix=[letter]&subscribers=jo@example.org&require_confirm=no"),
        .example(
            "update_subscribable_list", "/api/ml/letter@example.com",
            "moderated=yes&moderators=jo@example.com&footer_text=The+letter+of+Example+Ltd"
                + "&add_subscribers=jo@example.com&subscription=digest&require_confirm=no"),
        .example("get_subscribable_list", "/api/ml/letter@example.com?with_subscribers=yes"),
        .example("list_subscribable_lists", "/api/mls/example.com?email_only=yes"),
        .example("get_user", "/api/user/jo@example.com"),
        .preparation(.post, "/api/user/al@example.com", "name=Al+Example&password=Secret-1234"),
        .example("list_users", "/api/users/example.com?email_only=yes&limit=100"),
        .example("update_users", "/api/users/example.com", "language=en_US"),
        .example("verify_admin_password", "/api/verify_password/admin/admin@office.example", "password=Secret-1234"),
        .example("verify_user_password", "/api/verify_password/user/jo@example.com", "password=Secret-1234"),
    ]

    private static let scopes = [("global", "global"), ("domain", "example.com"), ("account", "jo@example.com")]

    private static let policies: [Step] =
        scopes.flatMap { scope, place -> [Step] in
            let spamPolicy =
                switch scope {
                case "domain": "/api/spampolicy/domain/\(place)"
                case "account": "/api/spampolicy/user/\(place)"
                default: "/api/spampolicy/\(place)"
                }
            return [
                .example(
                    "update_\(scope)_spam_policy", spamPolicy, "spam_score=5.5&banned_rulenames=ALLOW_MS_WORD"),
                .example("get_\(scope)_spam_policy", spamPolicy),
            ]
        }
        + ["inbound", "outbound"].flatMap { direction in
            scopes.flatMap { scope, place -> [Step] in
                let throttle = "/api/throttle/\(place)/\(direction)"
                return [
                    .example("set_\(scope)_\(direction)_throttle", throttle, "period=3600&max_msgs=100"),
                    .example("get_\(scope)_\(direction)_throttle", throttle),
                ]
            }
        }
        + scopes.flatMap { scope, place -> [Step] in
            let greylisting = "/api/greylisting/\(place)"
            return [
                .example("set_\(scope)_greylisting", greylisting, "status=enable"),
                .example("get_\(scope)_greylisting", greylisting),
                .example(
                    "update_\(scope)_greylisting_whitelist", "\(greylisting)/whitelists", "addSenders=@example.net"),
                .example("get_\(scope)_greylisting_whitelist", "\(greylisting)/whitelists"),
            ]
        }
        + [
            .example("list_greylisting", "/api/greylisting/all"),
            .example(
                "update_greylisting_spf_domains", "/api/greylisting/whitelist_spf_domains",
                "addDomains=example.net&query_dns_immediately=yes"),
            .example("get_greylisting_spf_domains", "/api/greylisting/whitelist_spf_domains"),
        ]
        + senderLists
        + [
            .example(
                "explain_policies", "/api/policy/explain/jo@example.com?sender=jo@example.net&client=192.0.2.1")
        ]

    private static let senderLists: [Step] =
        [("inbound", "whitelist"), ("inbound", "blacklist"), ("outbound", "whitelist"), ("outbound", "blacklist")]
        .flatMap { direction, colour in
            scopes.flatMap { scope, place -> [Step] in
                let list = "/api/wblist/\(direction)/\(colour)/\(place)"
                return [
                    .example("add_to_\(scope)_\(direction)_\(colour)", list, "addresses=@example.net,192.0.2.0/24"),
                    .example("get_\(scope)_\(direction)_\(colour)", list),
                    .example("remove_from_\(scope)_\(direction)_\(colour)", list, "addresses=192.0.2.0/24"),
                ]
            }
        }

    private static let reports: [Step] = [
        .example("get_domain_ldif", "/api/ldif/domain/example.com"),
        .example("get_catchall_ldif", "/api/ldif/catchall/example.com"),
        .example("get_admin_ldif", "/api/ldif/admin/admin@office.example"),
        .example("get_user_ldif", "/api/ldif/user/jo@example.com"),
        .example("get_mailing_list_ldif", "/api/ldif/maillist/news@example.com"),
        .example("get_alias_ldif", "/api/ldif/alias/sales@example.com"),
        .example("list_log", "/api/log?account=sales@example.com&limit=1"),
        .example("get_health", "/api/health"),
        .example("get_metrics", "/api/metrics"),
        .example("get_openapi", "/api/openapi.json"),
        .example("get_reference", "/api/reference"),
    ]

    private static let removals: [Step] =
        scopes.flatMap { scope, place -> [Step] in
            let spamPolicy =
                switch scope {
                case "domain": "/api/spampolicy/domain/\(place)"
                case "account": "/api/spampolicy/user/\(place)"
                default: "/api/spampolicy/\(place)"
                }
            return [
                .example("delete_\(scope)_spam_policy", spamPolicy),
                .example("delete_\(scope)_inbound_throttle", "/api/throttle/\(place)/inbound"),
                .example("delete_\(scope)_outbound_throttle", "/api/throttle/\(place)/outbound"),
                .example("delete_\(scope)_greylisting", "/api/greylisting/\(place)"),
                .example("clear_\(scope)_inbound_whitelist", "/api/wblist/inbound/whitelist/\(place)"),
                .example("clear_\(scope)_inbound_blacklist", "/api/wblist/inbound/blacklist/\(place)"),
                .example("clear_\(scope)_outbound_whitelist", "/api/wblist/outbound/whitelist/\(place)"),
                .example("clear_\(scope)_outbound_blacklist", "/api/wblist/outbound/blacklist/\(place)"),
            ]
        }
        + [
            .example("rename_alias", "/api/alias/sales@example.com/change_email/team@example.com"),
            .example("delete_alias", "/api/alias/team@example.com"),
            .example("delete_mailing_list", "/api/maillist/news@example.com"),
            .example("delete_subscribable_list", "/api/ml/letter@example.com?keep_archive=no"),
            .example("rename_user", "/api/user/jo@example.com/change_email/jo.example@example.com"),
            .example("delete_user", "/api/user/jo.example@example.com"),
            .example("delete_user_and_purge_later", "/api/user/al@example.com/keep_mailbox_days/30"),
            .example("delete_admin", "/api/admin/admin@office.example"),
            .example("delete_domain", "/api/domain/example.org"),
            .example("delete_domain_and_purge_later", "/api/domain/example.com/keep_mailbox_days/30"),
        ]
}
