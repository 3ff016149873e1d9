import Support

/// The look-up tables that an LDAP edition of iRedMail gives Postfix, in our own words, for Postfix' own client.
/// Source: https://github.com/iredmail/iRedMail/tree/master/samples/postfix/ldap; Postfix ldap_table(5).
struct DirectoryMaps {
    private struct Table {
        /// What is asked lies below it, at any depth. `%d` stands for the domain of a key.
        var below = OpenLDAPServer.domains
        let filter: String
        let attribute: String
    }

    /// In the order in which Postfix asks them. In a filter `%s` is the key.
    private static let all: KeyValuePairs<String, [Table]> = [
        "virtual_mailbox_domains": [Table(filter: "(&\(hosted)(!(domainBackupMX=yes)))", attribute: "domainName")],
        "relay_domains": [Table(filter: "(&\(hosted)(domainBackupMX=yes))", attribute: "domainName")],
        "transport_maps": [
            Table(
                below: "domainName=%d,\(OpenLDAPServer.domains)",
                filter:
                    "(&(|(objectClass=mailUser)(&(objectClass=mailList)(enabledService=mlmmj)))\(active)\(named))",
                attribute: "mtaTransport"),
            Table(
                filter:
                    "(&(objectClass=mailDomain)(|(domainName=%s)(domainAliasName=%s))(accountStatus=active)(enabledService=mail))",
                attribute: "mtaTransport"),
        ],
        "virtual_mailbox_maps": [
            Table(filter: "(&(objectClass=mailUser)\(active)\(delivered)\(named))", attribute: "homeDirectory")
        ],
        "virtual_alias_maps": [
            Table(
                filter:
                    "(&\(active)\(delivered)\(named)(|(objectClass=mailAlias)(&(objectClass=mailUser)(enabledService=forward))))",
                attribute: "mailForwardingAddress"),
            Table(filter: "(&\(active)\(delivered)(|\(members)))", attribute: "mail"),
            Table(filter: "(&(objectClass=mailUser)\(active)\(delivered)\(named))", attribute: "mail"),
            Table(
                below: "ou=Users,domainName=%d,\(OpenLDAPServer.domains)",
                filter: "(&(objectClass=mailUser)(accountStatus=active)(mail=%s))", attribute: "mailForwardingAddress"),
        ],
        "sender_bcc_maps": copies("sender", "Sender"),
        "recipient_bcc_maps": copies("recipient", "Recipient"),
        "smtpd_sender_login_maps": [
            Table(filter: "(&(objectClass=mailUser)\(active)(enabledService=smtp)\(named))", attribute: "mail")
        ],
        "sender_dependent_relayhost_maps": [
            Table(filter: "(&(objectClass=mailUser)(mail=%s))", attribute: "senderRelayHost"),
            Table(filter: "(&(objectClass=mailDomain)(domainName=%d))", attribute: "senderRelayHost"),
        ],
    ]

    private static let hosted = """
        (objectClass=mailDomain)(accountStatus=active)(enabledService=mail)\
        (|(domainName=%s)(&(enabledService=domainalias)(domainAliasName=%s)))
        """
    private static let active = "(accountStatus=active)(!(domainStatus=disabled))(enabledService=mail)"
    private static let delivered = "(enabledService=deliver)"
    private static let named = "(|(mail=%s)(shadowAddress=%s))"

    /// Whoever names the list, or has the address; and lists of mlmmj's, whose members it knows itself.
    private static let members = """
        (&(|(objectClass=mailUser)(objectClass=mailExternalUser))(|(memberOfGroup=%s)(shadowAddress=%s)))\
        (&(|(objectClass=mailAlias)(objectClass=mailList))(memberOfGroup=%s)(!(shadowAddress=%s)))\
        (&(objectClass=mailList)(enabledService=mlmmj)\(named))
        """

    private static func copies(_ side: String, _ word: String) -> [Table] {
        [
            Table(
                below: "ou=Users,domainName=%d,\(OpenLDAPServer.domains)",
                filter: "(&(objectClass=mailUser)\(active)(enabledService=\(side)bcc)\(named))",
                attribute: "user\(word)BccAddress"),
            Table(
                filter:
                    "(&(objectClass=mailDomain)(domainName=%d)(accountStatus=active)(enabledService=mail)(enabledService=\(side)bcc))",
                attribute: "domain\(word)BccAddress"),
        ]
    }

    private let directory: TemporaryDirectory

    /// - Parameter server: started.
    init(of server: OpenLDAPServer) throws {
        directory = try TemporaryDirectory()
        for (parameter, tables) in Self.all {
            for (index, table) in tables.enumerated() {
                try directory.write(
                    "ldap-\(parameter)-\(index).cf",
                    """
                    server_host = \(server.url)
                    version = 3
                    bind = yes
                    bind_dn = \(OpenLDAPServer.reader)
                    bind_pw = \(OpenLDAPServer.readersPassword)
                    search_base = \(table.below)
                    scope = sub
                    query_filter = \(table.filter)
                    result_attribute = \(table.attribute)

                    """)
            }
        }
    }

    static let parameters = all.map(\.key)

    func postfix() throws -> PostfixAnswers {
        PostfixAnswers(
            try PostfixReader(configuration: directory.path, type: "ldap"),
            Dictionary(
                uniqueKeysWithValues: Self.all.map { parameter, tables in
                    (parameter, tables.indices.map { "\(parameter)-\($0)" })
                }), in: directory)
    }
}

/// What Postfix makes of what look-up tables answer, asked for many keys at once.
final class PostfixAnswers {
    private let reader: PostfixReader
    /// By parameter, in the order in which Postfix asks them.
    private let maps: [String: [String]]
    /// Where the tables are, as long as they are asked.
    private let directory: TemporaryDirectory
    private var answers: [String: [String: Set<String>]] = [:]
    private var asked: [String: Set<String>] = [:]

    init(_ reader: PostfixReader, _ maps: [String: [String]], in directory: TemporaryDirectory) {
        self.directory = directory
        self.reader = reader
        self.maps = maps
    }

    /// What Postfix asks for in turn: an address as it is, without its extension, and all of its domain.
    private static func forms(of key: String, _ parameter: String) -> [String] {
        guard let at = key.firstIndex(of: "@"), key.first != "@" else { return [key] }
        let extended = key.firstIndex(of: "+").map { ["\(key[..<$0])\(key[at...])"] } ?? []
        return [key] + extended + [parameter == "transport_maps" ? String(key[at...].dropFirst()) : String(key[at...])]
    }

    /// Asks for what has not been asked for yet.
    func ask(_ parameter: String, _ keys: some Sequence<String>) throws {
        let new = Set(keys.flatMap { Self.forms(of: $0, parameter) }).subtracting(asked[parameter] ?? [])
            .filter { !$0.contains(" ") }
        guard !new.isEmpty else { return }
        asked[parameter, default: []].formUnion(new)
        for map in maps[parameter] ?? [] {
            for (key, answer) in try reader.query(map: map, keys: new.sorted()) {
                answers[map, default: [:]][key] = Set(answer.lowercased().split(separator: ",").map(String.init))
            }
        }
    }

    /// The first table that answers counts. Empty when none does.
    func resolved(_ parameter: String, _ key: String) -> Set<String> {
        for form in Self.forms(of: key, parameter) {
            for map in maps[parameter] ?? [] {
                if let answer = answers[map]?[form] { return answer }
            }
        }
        return []
    }

    /// Asks for where mail to addresses goes in the end.
    func askForWays(of keys: some Sequence<String>) throws {
        var new = Set(keys)
        while !new.isEmpty {
            try ask("virtual_alias_maps", new)
            new = Set(new.flatMap { resolved("virtual_alias_maps", $0) }).subtracting(asked["virtual_alias_maps"] ?? [])
                .filter { $0.contains("@") && !$0.contains(" ") }
        }
    }

    /// Where mail to an address goes in the end, and all addresses on the way.
    func way(of key: String) -> (ends: Set<String>, passes: Set<String>) {
        var ends: Set<String> = []
        var passes: Set<String> = []
        var ahead = [key]
        while let address = ahead.popLast() {
            guard passes.insert(address).inserted else { continue }
            let next = resolved("virtual_alias_maps", address)
            if next.isEmpty { ends.insert(address) }
            for destination in next {
                if destination == address { ends.insert(address) } else { ahead.append(destination) }
            }
        }
        return (ends, passes)
    }
}
