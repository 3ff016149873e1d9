/// The attribute types and object classes that an export names beyond those shipped with OpenLDAP: a fixture of our
/// own, with numbers of nobody's, since iRedMail's schema file is no part of Debian.
enum LDAPSchema {
    static let text = classes.reduce(into: types) { $0 += $1 + "\n" }

    /// Numbers and addresses are ASCII there; names of people are not, and have types of inetOrgPerson.
    private static let types =
        texts.enumerated().map { type(1 + $0.offset, $0.element, "caseIgnoreIA5Match", "26") }.joined()
        + integers.enumerated().map { type(101 + $0.offset, $0.element, "integerMatch", "27", " SINGLE-VALUE") }
        .joined()
        + type(201, "disclaimer", "caseIgnoreMatch", "15", " SINGLE-VALUE")
        + type(202, "amavisLocal", "booleanMatch", "7", " SINGLE-VALUE")

    private static let texts = [
        "domainName", "mtaTransport", "accountStatus", "domainStatus", "domainBackupMX", "enabledService",
        "disabledService", "domainAliasName", "domainAdmin", "domainSenderBccAddress", "domainRecipientBccAddress",
        "senderRelayHost", "accountSetting", "mailForwardingAddress", "domainGlobalAdmin", "mailboxFormat",
        "mailboxFolder", "recoveryEmail", "allowNets", "shadowAddress", "memberOfGroup", "userSenderBccAddress",
        "userRecipientBccAddress", "accessPolicy", "listOwner", "listModerator", "mailingListID",
    ]

    private static let integers = [
        "mailQuota", "maxMessageSize", "domainCurrentUserNumber", "domainCurrentAliasNumber", "domainCurrentListNumber",
    ]

    private static func type(
        _ number: Int, _ name: String, _ match: String, _ syntax: String, _ further: String = ""
    ) -> String {
        """
        attributetype ( 1.3.6.1.4.1.99999.1.\(number) NAME '\(name)'
            EQUALITY \(match) SYNTAX 1.3.6.1.4.1.1466.115.121.1.\(syntax)\(further) )

        """
    }

    private static let classes = [
        """
        objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'mailDomain' SUP top STRUCTURAL MUST domainName
            MAY ( cn $ mtaTransport $ accountStatus $ domainBackupMX $ enabledService $ domainAliasName $ domainAdmin
                $ domainSenderBccAddress $ domainRecipientBccAddress $ senderRelayHost $ disclaimer $ accountSetting
                $ domainCurrentUserNumber $ domainCurrentAliasNumber $ domainCurrentListNumber ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.2 NAME 'mailAdmin' SUP top STRUCTURAL MUST mail
            MAY ( userPassword $ cn $ accountStatus $ preferredLanguage $ domainGlobalAdmin $ shadowLastChange
                $ disabledService $ accountSetting ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.3 NAME 'mailUser' SUP top AUXILIARY MUST ( mail $ uid )
            MAY ( homeDirectory $ mailboxFormat $ mailboxFolder $ mailQuota $ accountStatus $ domainStatus
                $ mtaTransport $ recoveryEmail $ allowNets $ shadowAddress $ mailForwardingAddress $ memberOfGroup
                $ userSenderBccAddress $ userRecipientBccAddress $ senderRelayHost $ domainGlobalAdmin
                $ enabledService $ accountSetting ) )
        """,
        "objectclass ( 1.3.6.1.4.1.99999.2.4 NAME 'amavisAccount' SUP top AUXILIARY MAY amavisLocal )",
        """
        objectclass ( 1.3.6.1.4.1.99999.2.5 NAME 'mailList' SUP top STRUCTURAL MUST mail
            MAY ( cn $ accountStatus $ domainStatus $ accessPolicy $ enabledService $ shadowAddress $ member
                $ listOwner $ listModerator $ mailingListID $ maxMessageSize ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.6 NAME 'mailExternalUser' SUP top STRUCTURAL MUST memberOfGroup
            MAY ( mail $ accountStatus $ enabledService ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.7 NAME 'mailAlias' SUP top STRUCTURAL MUST mail
            MAY ( cn $ accountStatus $ domainStatus $ accessPolicy $ enabledService $ shadowAddress
                $ mailForwardingAddress $ listModerator ) )
        """,
    ]
}
