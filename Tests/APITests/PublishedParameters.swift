/// The parameters of the published API, "seed" edition, by method and path. Routes without any are left out.
enum PublishedParameters {
    static let table: [String: [String]] = [
        "POST /api/login": ["username", "password"],
        "GET /api/domains": ["name_only", "disabled_only"],
        "POST /api/domain/<domain>": [
            "name", "quota", "language", "transport", "defaultQuota", "maxUserQuota", "numberOfUsers",
            "numberOfAliases", "numberOfLists", "senderBcc", "recipientBcc",
        ],
        "PUT /api/domain/<domain>": [
            "name", "accountStatus", "quota", "language", "transport", "minPasswordLength", "maxPasswordLength",
            "defaultQuota", "maxUserQuota", "numberOfUsers", "numberOfAliases", "senderBcc", "recipientBcc",
            "is_backupmx", "primarymx", "catchall", "outboundRelay", "enableService", "disableService",
            "removeAllServices", "disableDomainProfile", "enableDomainProfile", "disableUserProfile",
            "enableUserProfile", "disableUserPreference", "enableUserPreference",
        ],
        "PUT /api/domain/admins/<domain>": ["addAdmin", "removeAdmin", "removeAllAdmins"],
        "POST /api/admin/<mail>": [
            "name", "password", "accountStatus", "language", "isGlobalAdmin", "maxDomains", "maxQuota", "quotaUnit",
            "maxUsers", "maxAliases", "maxLists",
        ],
        "PUT /api/admin/<mail>": [
            "name", "password", "accountStatus", "language", "isGlobalAdmin", "maxDomains", "maxQuota", "quotaUnit",
            "maxUsers", "maxAliases", "maxLists",
        ],
        "POST /api/verify_password/admin/<mail>": ["password"],
        "POST /api/user/<mail>": ["name", "password", "language", "quota"],
        "PUT /api/user/<mail>": [
            "name", "password", "quota", "accountStatus", "language", "employeeid", "transport", "isGlobalAdmin",
            "forwarding", "aliases", "addAlias", "removeAlias", "services", "addService", "removeService",
        ],
        "PUT /api/users/<domain>": ["accountStatus", "password", "language", "transport"],
        "POST /api/verify_password/user/<mail>": ["password"],
        "POST /api/maillist/<mail>": ["name", "accessPolicy", "members"],
        "PUT /api/maillist/<mail>": ["name", "accessPolicy", "members", "addMember", "removeMember"],
        "POST /api/alias/<mail>": ["name", "accessPolicy", "members"],
        "PUT /api/alias/<mail>": ["name", "accessPolicy", "members", "addMember", "removeMember"],
        "PUT /api/spampolicy/global": [
            "bypass_spam_checks", "bypass_virus_checks", "bypass_banned_checks", "bypass_header_checks",
            "quarantine_spam", "quarantine_virus", "quarantine_banned", "quarantine_bad_header",
            "prefix_spam_in_subject", "always_insert_x_spam_headers", "spam_score",
        ],
        "PUT /api/spampolicy/domain/<domain>": [
            "bypass_spam_checks", "bypass_virus_checks", "bypass_banned_checks", "bypass_header_checks",
            "quarantine_spam", "quarantine_virus", "quarantine_banned", "quarantine_bad_header",
            "prefix_spam_in_subject", "always_insert_x_spam_headers", "spam_score",
        ],
        "PUT /api/spampolicy/user/<mail>": [
            "bypass_spam_checks", "bypass_virus_checks", "bypass_banned_checks", "bypass_header_checks",
            "quarantine_spam", "quarantine_virus", "quarantine_banned", "quarantine_bad_header",
            "prefix_spam_in_subject", "always_insert_x_spam_headers", "spam_score",
        ],
        "POST /api/throttle/global/inbound": ["period", "msg_size", "max_msgs", "max_quota"],
        "POST /api/throttle/global/outbound": ["period", "msg_size", "max_msgs", "max_quota"],
        "POST /api/throttle/<domain>/inbound": ["period", "msg_size", "max_msgs", "max_quota"],
        "POST /api/throttle/<domain>/outbound": ["period", "msg_size", "max_msgs", "max_quota"],
        "POST /api/throttle/<mail>/inbound": ["period", "msg_size", "max_msgs", "max_quota"],
        "POST /api/throttle/<mail>/outbound": ["period", "msg_size", "max_msgs", "max_quota"],
        "POST /api/greylisting/global": ["status"],
        "POST /api/greylisting/<domain>": ["status"],
        "POST /api/greylisting/<mail>": ["status"],
        "POST /api/greylisting/global/whitelists": ["senders", "addSenders", "removeSenders"],
        "POST /api/greylisting/<domain>/whitelists": ["senders", "addSenders", "removeSenders"],
        "POST /api/greylisting/<mail>/whitelists": ["senders", "addSenders", "removeSenders"],
        "POST /api/greylisting/whitelist_spf_domains": ["domains", "addDomains", "removeDomains"],
    ]
}
