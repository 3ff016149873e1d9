/// The attribute types and object classes that an LDAP edition of iRedMail has beyond those shipped with OpenLDAP: a
/// fixture of our own, with numbers of nobody's, since iRedMail's schema file is no part of Debian.
package enum LDAPSchema {
    package static let text = classes.reduce(into: types) { $0 += $1 + "\n" }

    /// Numbers and addresses are ASCII there; names of people are not, and have types of inetOrgPerson.
    private static let types =
        texts.enumerated().map { type(1 + $0.offset, $0.element, "caseIgnoreIA5Match", "26") }.joined()
        + integers.enumerated().map { type(101 + $0.offset, $0.element, "integerMatch", "27", " SINGLE-VALUE") }
        .joined()
        + type(201, "disclaimer", "caseIgnoreMatch", "15", " SINGLE-VALUE")
        + type(202, "amavisLocal", "booleanMatch", "7", " SINGLE-VALUE")
        + type(203, "expiredDate", "generalizedTimeMatch", "24", " SINGLE-VALUE")

    private static let texts = [
        "domainName", "mtaTransport", "accountStatus", "domainStatus", "domainBackupMX", "enabledService",
        "disabledService", "domainAliasName", "domainPendingAliasName", "domainAdmin", "domainSenderBccAddress",
        "domainRecipientBccAddress", "senderRelayHost", "accountSetting", "mailForwardingAddress",
        "domainGlobalAdmin", "mailboxFormat", "mailboxFolder", "recoveryEmail", "allowNets", "shadowAddress",
        "memberOfGroup", "userSenderBccAddress", "userRecipientBccAddress", "accessPolicy", "listOwner",
        "listModerator", "mailingListID", "storageBaseDirectory", "mailMessageStore", "backupMailAddress",
        "mailWhitelistRecipient", "mailBlacklistRecipient", "hasMember", "listAllowedUser",
    ]

    private static let integers = [
        "mailQuota", "maxMessageSize", "domainCurrentUserNumber", "domainCurrentAliasNumber", "domainCurrentListNumber",
        "domainDefaultUserQuota", "domainMaxQuotaSize", "domainMaxUserNumber", "domainMaxAliasNumber",
        "domainMaxListNumber",
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
            MAY ( cn $ description $ mtaTransport $ accountStatus $ domainBackupMX $ enabledService $ disabledService
                $ domainAliasName $ domainPendingAliasName $ domainAdmin $ domainSenderBccAddress
                $ domainRecipientBccAddress $ senderRelayHost $ disclaimer $ accountSetting $ preferredLanguage
                $ expiredDate $ domainCurrentUserNumber $ domainCurrentAliasNumber $ domainCurrentListNumber
                $ domainDefaultUserQuota $ domainMaxQuotaSize $ domainMaxUserNumber $ domainMaxAliasNumber
                $ domainMaxListNumber ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.2 NAME 'mailAdmin' SUP top STRUCTURAL MUST mail
            MAY ( userPassword $ cn $ accountStatus $ preferredLanguage $ domainGlobalAdmin $ shadowLastChange
                $ enabledService $ disabledService $ accountSetting $ expiredDate ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.3 NAME 'mailUser' SUP top AUXILIARY MUST ( mail $ uid )
            MAY ( homeDirectory $ storageBaseDirectory $ mailMessageStore $ mailboxFormat $ mailboxFolder $ mailQuota
                $ userPassword $ accountStatus $ domainStatus $ mtaTransport $ recoveryEmail $ backupMailAddress
                $ allowNets $ shadowAddress $ mailForwardingAddress $ memberOfGroup $ userSenderBccAddress
                $ userRecipientBccAddress $ senderRelayHost $ domainGlobalAdmin $ enabledService $ disabledService
                $ accountSetting $ expiredDate $ disclaimer $ title $ telephoneNumber $ maxMessageSize
                $ mailWhitelistRecipient $ mailBlacklistRecipient ) )
        """,
        "objectclass ( 1.3.6.1.4.1.99999.2.4 NAME 'amavisAccount' SUP top AUXILIARY MAY amavisLocal )",
        """
        objectclass ( 1.3.6.1.4.1.99999.2.5 NAME 'mailList' SUP top STRUCTURAL MUST mail
            MAY ( cn $ description $ accountStatus $ domainStatus $ accessPolicy $ enabledService $ shadowAddress
                $ member $ hasMember $ memberOfGroup $ listOwner $ listModerator $ listAllowedUser $ mailingListID
                $ maxMessageSize $ mtaTransport $ accountSetting $ expiredDate ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.6 NAME 'mailExternalUser' SUP top STRUCTURAL MUST memberOfGroup
            MAY ( cn $ mail $ shadowAddress $ accountStatus $ domainStatus $ enabledService ) )
        """,
        """
        objectclass ( 1.3.6.1.4.1.99999.2.7 NAME 'mailAlias' SUP top STRUCTURAL MUST mail
            MAY ( cn $ description $ accountStatus $ domainStatus $ accessPolicy $ enabledService $ shadowAddress
                $ memberOfGroup $ mailForwardingAddress $ listModerator $ listOwner $ listAllowedUser
                $ accountSetting $ expiredDate ) )
        """,
    ]
}
