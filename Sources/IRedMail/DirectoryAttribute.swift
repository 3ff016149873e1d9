/// The attributes that are read of a directory, by their names in iRedMail's schema and those that it builds on.
enum DirectoryAttribute: String, CaseIterable {
    case objectClass, accountStatus, domainStatus, enabledService, disabledService, accountSetting, cn
    case createTimestamp, modifyTimestamp, expiredDate
    case domainName, domainBackupMX, domainAliasName, domainAdmin, domainSenderBccAddress, domainRecipientBccAddress
    case mail, userPassword, domainGlobalAdmin, shadowLastChange, preferredLanguage
    case sn, givenName, mobile, telephoneNumber, employeeNumber, recoveryEmail, backupMailAddress, allowNets, disclaimer
    case homeDirectory, storageBaseDirectory, mailMessageStore, mailboxFormat, mailboxFolder, mailQuota
    case mtaTransport, senderRelayHost, userSenderBccAddress, userRecipientBccAddress
    case shadowAddress, mailForwardingAddress, memberOfGroup
    case accessPolicy, listOwner, listModerator, listAllowedUser, mailingListID, maxMessageSize, description

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue.lowercased(), $0) })

    /// Nil for one that is not read.
    /// - Parameter name: in small letters.
    init?(lowercased name: String) {
        guard let attribute = Self.byName[name] else { return nil }
        self = attribute
    }

    /// Whether all values count; of the others the first.
    var hasManyValues: Bool {
        switch self {
        case .objectClass, .enabledService, .disabledService, .accountSetting, .domainAliasName, .domainAdmin, .mail,
            .userPassword, .shadowAddress, .mailForwardingAddress, .memberOfGroup, .listOwner, .listModerator,
            .listAllowedUser:
            true
        default: false
        }
    }

    /// Whether each blank of a value counts.
    var isExact: Bool {
        switch self {
        case .userPassword, .homeDirectory, .storageBaseDirectory, .mailMessageStore, .disclaimer: true
        default: false
        }
    }

    /// Attributes that nothing is lost with: the directory's own, those that say again what others say, and counts.
    static let withoutMeaning: Set<String> = [
        "structuralobjectclass", "entryuuid", "creatorsname", "entrycsn", "modifiersname", "contextcsn", "entrydn",
        "subschemasubentry", "hassubordinates", "pwdchangedtime", "ou", "o", "uid", "uidnumber", "gidnumber", "mailuid",
        "mailgid", "amavislocal", "member", "uniquemember", "memberuid", "hasmember", "domaincurrentusernumber",
        "domaincurrentaliasnumber", "domaincurrentlistnumber", "domaincurrentquotasize",
    ]
}

/// The classes of entries that are read. An entry of several is taken for the first, and for an admin where admins are.
enum EntryClass: String, CaseIterable {
    case mailDomain, mailAdmin, mailUser, mailAlias, mailList, mailExternalUser

    /// The table that the SQL editions have for them.
    var table: String {
        switch self {
        case .mailDomain: "domain"
        case .mailAdmin: "admin"
        case .mailUser: "mailbox"
        case .mailAlias: "alias"
        case .mailList: "maillists"
        case .mailExternalUser: "forwardings"
        }
    }

    /// What is read of them.
    var attributes: Set<DirectoryAttribute> {
        let ofAll: Set<DirectoryAttribute> = [
            .objectClass, .accountStatus, .cn, .createTimestamp, .modifyTimestamp, .expiredDate,
        ]
        let ofAddresses: Set<DirectoryAttribute> = [
            .mail, .domainStatus, .enabledService, .shadowAddress, .memberOfGroup,
        ]
        let ofLists: Set<DirectoryAttribute> = [.accessPolicy, .listModerator, .listAllowedUser]
        let own: Set<DirectoryAttribute> =
            switch self {
            case .mailDomain:
                [
                    .domainName, .domainBackupMX, .domainAliasName, .domainAdmin, .domainSenderBccAddress,
                    .domainRecipientBccAddress, .enabledService, .accountSetting, .disclaimer, .mtaTransport,
                    .senderRelayHost,
                ]
            case .mailAdmin:
                [
                    .mail, .userPassword, .domainGlobalAdmin, .shadowLastChange, .preferredLanguage, .disabledService,
                    .accountSetting,
                ]
            case .mailUser:
                ofAddresses.union([
                    .userPassword, .domainGlobalAdmin, .shadowLastChange, .preferredLanguage, .accountSetting, .sn,
                    .givenName, .mobile, .telephoneNumber, .employeeNumber, .recoveryEmail, .backupMailAddress,
                    .allowNets, .disclaimer, .homeDirectory, .storageBaseDirectory, .mailMessageStore, .mailboxFormat,
                    .mailboxFolder, .mailQuota, .mtaTransport, .senderRelayHost, .userSenderBccAddress,
                    .userRecipientBccAddress, .mailForwardingAddress,
                ])
            case .mailAlias: ofAddresses.union(ofLists).union([.mailForwardingAddress])
            case .mailList:
                ofAddresses.union(ofLists).union([
                    .listOwner, .mailingListID, .maxMessageSize, .mtaTransport, .accountSetting, .description,
                ])
            case .mailExternalUser: ofAddresses
            }
        return ofAll.union(own)
    }
}
