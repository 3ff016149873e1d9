extension Settings {
    package static let defaultTransport = Setting<String>(
        "default_mta_transport",
        "Postfix transport of a new domain or mailing list.",
        .text("a transport, service or service:nexthop, of at most 255 printable ASCII characters without spaces") {
            isTransport($0)
        },
        default: "dovecot"
    )

    package static let transportServices = Setting<[String]>(
        "TRANSPORT_SERVICES",
        "Postfix services that a domain admin may name in a transport; a global admin may name any.",
        .list("a list of Postfix service names", of: .text("a Postfix service name") { isName($0, of: "-_") }),
        default: ["dovecot", "lmtp", "smtp", "smtps", "relay", "virtual", "error", "discard"]
    )

    package static let allowsBackupMXWithoutPrimary = Setting<Bool>(
        "ALLOW_BACKUPMX_WITHOUT_PRIMARYMX",
        "Whether is_backupmx=yes is accepted without primarymx, so that the primary server is looked up in DNS.",
        default: false
    )

    package static let requiresDomainOwnership = Setting<Bool>(
        "REQUIRE_DOMAIN_OWNERSHIP_VERIFICATION",
        "Whether a domain made by a domain admin stays off until its ownership is verified.",
        default: true
    )

    package static let domainOwnershipPrefix = Setting<String>(
        "DOMAIN_OWNERSHIP_VERIFY_CODE_PREFIX",
        "Text in front of the random code that proves the ownership of a domain.",
        .text("at most 100 letters, digits, . _ = and -") {
            $0.isEmpty || isName($0, of: "._=-") && $0.utf8.count <= 100
        },
        default: "iredmail-domain-verification-"
    )

    /// Unit: days.
    package static let domainOwnershipDays = Setting<Int>(
        "DOMAIN_OWNERSHIP_EXPIRE_DAYS",
        "Days after which a domain that is not proved is removed with its users; and for which a proof counts after its "
            + "domain is deleted.",
        .number(1...3650),
        default: 30
    )

    static let domains = [
        AnySetting(defaultTransport), AnySetting(transportServices), AnySetting(allowsBackupMXWithoutPrimary),
        AnySetting(requiresDomainOwnership), AnySetting(domainOwnershipPrefix), AnySetting(domainOwnershipDays),
    ]
}
