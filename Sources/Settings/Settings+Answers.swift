package import Mail

extension Settings {
    package static let hiddenAdminProfiles = Setting<[String]>(
        "API_HIDDEN_ADMIN_PROFILES",
        "Fields left out when an admin's profile is shown.",
        .list("a list of field names", of: .text("a field name") { isName($0, of: "_-") }),
        default: ["password", "userPassword"]
    )

    package static let hiddenUserProfiles = Setting<[String]>(
        "API_HIDDEN_USER_PROFILES",
        "Fields left out when a user's profile is shown.",
        .list("a list of field names", of: .text("a field name") { isName($0, of: "_-") }),
        default: ["password", "userPassword"]
    )

    package static let ldapBaseDN = Setting<String>(
        "ldap_basedn",
        "Base of the domains in an LDIF export.",
        .text("a distinguished name such as 'o=domains,dc=example,dc=com'", isFit: isDistinguishedName),
        default: "o=domains,dc=iredmail,dc=org"
    )

    package static let ldapDomainAdminDN = Setting<String>(
        "ldap_domainadmin_dn",
        "Base of the admins in an LDIF export.",
        .text("a distinguished name such as 'o=domainAdmins,dc=example,dc=com'", isFit: isDistinguishedName),
        default: "o=domainAdmins,dc=iredmail,dc=org"
    )

    static let answers = [
        AnySetting(hiddenAdminProfiles), AnySetting(hiddenUserProfiles), AnySetting(ldapBaseDN),
        AnySetting(ldapDomainAdminDN),
    ]

    package static let logsRequests = Setting<Bool>(
        "LOG_REQUESTS",
        "Whether each request gets a line in the log: who, what, outcome, time.",
        default: true
    )

    package static let metricsClients = Setting<[IPNetwork]>(
        "METRICS_CLIENTS",
        "Addresses and networks that may read /api/metrics without a login.",
        default: []
    )

    static let observing = [AnySetting(logsRequests), AnySetting(metricsClients)]
}
