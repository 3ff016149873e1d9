import Mail
import MailingLists
import PasswordHash
import Storage

/// Which values of a column a store would write, or a reader of it would understand, beyond its type. It derives from the
/// declaration.
enum ColumnRule: Sendable {
    /// 0 or 1.
    case flag
    /// `y` or `n`.
    case yesOrNo
    /// `YYYY-MM-DD HH:MM:SS`.
    case time
    /// `YYYY-MM-DD`.
    case date
    /// `key:value;key:value;`
    case settings
    /// A Postfix transport.
    case transport(mayBeEmpty: Bool)
    case nextHop
    /// MB, whose bytes fit in 64 bits.
    case quota
    /// How many accounts: 0 no limit, -1 none.
    case limit
    /// W white, B black.
    case whiteOrBlack
    /// A part of the path of a mailbox.
    case path(isAbsolute: Bool)
    case mailboxFormat
    case mailboxFolder
    /// A hash that costs no more to check than one that the API would take.
    case password
    case language
    case accessPolicy
    case throttleKind
    /// `Y` or `N`, and what else amavisd has for these.
    case spamFlag
    case number(ClosedRange<Int>)
    case any

    init(_ column: TableColumn, in table: String) {
        switch (column.kind, column.name) {
        case (.integer, let name) where table == "throttle" && ThrottleLimit(rawValue: name) != nil:
            self = .number(ThrottleLimit.values)
        case (.integer, "period") where table == "throttle": self = .number(ThrottleRow.periods)
        case (.text, "kind") where table == "throttle": self = .throttleKind
        case (.text, let name) where table == "policy" && SpamPolicySwitch.isFlag(column: name): self = .spamFlag
        case (.integer, "maxmsgsize"), (.integer, "message_size_limit"): self = .number(0...Int.max)
        case (.text, "password"): self = .password
        case (.text, "language"): self = .language
        case (.text, "accesspolicy"): self = .accessPolicy
        case (.integer, "active"), (.integer, "backupmx"): self = .flag
        case (.integer, let name) where name.hasPrefix("is") || name.hasPrefix("enable"): self = .flag
        case (.integer, "maxquota"), (.integer, "quota"): self = .quota
        case (.integer, "aliases"), (.integer, "mailboxes"), (.integer, "maillists"): self = .limit
        case (.text, "settings"): self = .settings
        case (.text, "transport"): self = .transport(mayBeEmpty: table == "mailbox")
        case (.text, "relayhost"): self = .nextHop
        case (.text, "wb"): self = .whiteOrBlack
        case (.text, "storagebasedirectory"): self = .path(isAbsolute: true)
        case (.text, "storagenode"), (.text, "maildir"): self = .path(isAbsolute: false)
        case (.text, "mailboxformat"): self = .mailboxFormat
        case (.text, "mailboxfolder"): self = .mailboxFolder
        default:
            switch column.fallback {
            case .text("y"): self = .yesOrNo
            case .text(let text) where Moment(timestamp: text) != nil: self = .time
            case .text("0001-01-01"): self = .date
            default: self = .any
            }
        }
    }

    /// What a value should be; nil when it is.
    func demand(of value: SQL.Value) -> String? {
        switch (self, value) {
        case (_, .null): nil
        case (.any, .text(let text)):
            text.unicodeScalars.contains(where: \.isControl) ? "free of control characters" : nil
        case (.any, _): nil
        case (.mailboxFormat, .text(let text)):
            MailboxStorage.formats.contains(text) ? nil : MailboxStorage.formats.joined(separator: ", ")
        case (.mailboxFolder, .text(let text)): MailboxStorage.isFolder(text) ? nil : "1 to 20 letters and digits"
        case (.flag, .integer(let number)): number == 0 || number == 1 ? nil : "0 or 1"
        case (.quota, .integer(let number)): Quota(megabytes: number) == nil ? "a number of MB from 0 on" : nil
        case (.limit, .integer(let number)): AccountLimit(stored: number) == nil ? "a number from -1 on" : nil
        case (.yesOrNo, .text(let text)): text == "y" || text == "n" ? nil : "y or n"
        case (.whiteOrBlack, .text(let text)): text == "W" || text == "B" ? nil : "W or B"
        case (.time, .text(let text)):
            Moment(timestamp: text) == nil ? "a time as 2026-01-31 23:59:59" : nil
        case (.date, .text(let text)): Moment(timestamp: "\(text) 00:00:00") == nil ? "a date as 2026-01-31" : nil
        case (.settings, .text(let text)):
            AccountSettings(stored: text).stored == text ? nil : "a text as key:value;key:value;"
        case (.transport(let mayBeEmpty), .text(let text)):
            text.isEmpty && mayBeEmpty || Transport(text) != nil ? nil : "a Postfix transport"
        case (.nextHop, .text(let text)): !text.isEmpty && Transport.isNextHop(text) ? nil : "a next hop"
        case (.path(let isAbsolute), .text(let text)): Self.isPath(text, isAbsolute) ? nil : "a path without . and .."
        case (.password, .text(let text)):
            StoredPassword.isWithinLimits(text)
                ? nil : "a hash within the limits: 1024 bytes, no control characters, and costs that the API takes"
        case (.language, .text(let text)):
            text.isEmpty || Language(text) != nil ? nil : "a language such as en_US, or empty"
        case (.accessPolicy, .text(let text)):
            text.isEmpty || AccessPolicy(word: text) != nil
                ? nil : "empty, or one of \(AccessPolicy.allCases.map(\.rawValue).joined(separator: ", "))"
        case (.throttleKind, .text(let text)):
            ThrottleKind.stored.contains(text) ? nil : "one of \(ThrottleKind.stored.joined(separator: ", "))"
        case (.spamFlag, .text(let text)): SpamPolicySwitch.isFlag(text) ? nil : "Y or N"
        case (.number(let range), .integer(let number)):
            range.contains(number)
                ? nil
                : "a number from \(range.lowerBound) \(range.upperBound == .max ? "on" : "to \(range.upperBound)")"
        default: "of another type"
        }
    }

    /// The rule in a JSON Schema: members of an object, of which each ends with a comma.
    var schema: String {
        switch self {
        case .flag: #""enum":[0,1],"#
        case .quota: #""minimum":0,"#
        case .limit: #""minimum":-1,"#
        case .yesOrNo: #""enum":["y","n"],"#
        case .whiteOrBlack: #""enum":["W","B"],"#
        case .time: "\"pattern\":\"^\(Self.datePattern) ([01][0-9]|2[0-3])(:[0-5][0-9]){2}$\","
        case .date: "\"pattern\":\"^\(Self.datePattern)$\","
        case .settings: #""pattern":"^([^:;]+:[^;]+;)*$","#
        case .transport(mayBeEmpty: false), .nextHop: #""minLength":1,"#
        case .mailboxFormat: Self.schema(ofOne: MailboxStorage.formats)
        case .language: Self.schema(ofOne: [""] + Language.known.sorted())
        case .throttleKind: Self.schema(ofOne: ThrottleKind.stored)
        case .number(let range):
            "\"minimum\":\(range.lowerBound),\(range.upperBound == .max ? "" : "\"maximum\":\(range.upperBound),")"
        case .mailboxFolder: #""pattern":"^[A-Za-z0-9]{1,20}$","#
        case .transport, .path, .password, .accessPolicy, .spamFlag, .any: ""
        }
    }

    private static let datePattern = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"

    private static func schema(ofOne words: [String]) -> String {
        "\"enum\":[\(words.map { "\"\($0)\"" }.joined(separator: ","))],"
    }

    private static func isPath(_ text: String, _ isAbsolute: Bool) -> Bool {
        (text.isEmpty || text.hasPrefix("/") == isAbsolute)
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            && !text.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }
}

extension ExportedTable {
    /// What is wrong with the values of a row by themselves; nil for nothing.
    func flaw(in row: [SQL.Value]) -> String? {
        for (column, value) in zip(columns, row) {
            guard let demand = column.rule.demand(of: value) else { continue }
            return "\(column.name) is not \(demand)"
        }
        for position in key where row[position] == .text("") { return "\(columns[position].name) is empty" }
        if name == "maillists", let list = MailAddress(text("address", of: row)).flatMap({ ListAddress($0) }) {
            // Another one would take the mail of this list into the other's spool.
            let transport = text("transport", of: row)
            if transport.hasPrefix(ListAddress.transportPrefix), transport != list.transport {
                return "transport is that of another mailing list"
            }
        } else if text("transport", of: row).hasPrefix(ListAddress.transportPrefix) {
            return "transport is that of a mailing list"
        }
        for reference in references where reference.role.isOfSomebodyHere && isMeant(reference, row) {
            if let flaw = flaw(of: reference, in: row) { return flaw }
        }
        return nil
    }

    private func isMeant(_ reference: Reference, _ row: [SQL.Value]) -> Bool {
        reference.condition.map { $0.values.contains(String(integer($0.column, of: row))) } ?? true
    }

    private func flaw(of reference: Reference, in row: [SQL.Value]) -> String? {
        let text = text(reference.column, of: row)
        if case .domainOf(let other)? = reference.names.first {
            let address = self.text(other, of: row)
            let domain = address.firstIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? address
            return text == domain ? nil : "\(reference.column) is not the domain of \(other)"
        }
        let names = Set(reference.names)
        let isDomain = DomainName(text)?.text == text
        let isAddress = MailAddress(text)?.text == text
        let (isGood, what) =
            if names.contains(.subdomainsKey) {
                (isAddress || Self.isPolicyKey(text), "an address, or a key as @example.com, in lower case")
            } else if names.contains(.domainKey) {
                (
                    isAddress || text.hasPrefix("@") && DomainName(text.dropFirst())?.text == String(text.dropFirst()),
                    "an address, or a domain as @example.com, in lower case"
                )
            } else if names == [.domain] || names == [.aliasDomain] {
                (isDomain || owner.isRight && text == "ALL", "the name of a domain in lower case")
            } else if names.contains(.domain) {
                (isAddress || isDomain, "an address or a domain in lower case")
            } else {
                (isAddress, "an address in lower case")
            }
        return isGood ? nil : "\(reference.column) is not \(what)"
    }

    /// A key of everybody, a domain, a client or the like.
    private static func isPolicyKey(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !(0x41...0x5a).contains($0) }
            && (!text.hasPrefix("@") || !text.dropFirst().contains("@"))
    }
}

extension ExportedTable.Owner {
    var isRight: Bool { if case .right = self { true } else { false } }
}

extension Reference.Role {
    /// Whether such a column has a name of somebody who is here, or was.
    fileprivate var isOfSomebodyHere: Bool {
        switch self {
        case .account, .belongs, .pointer, .link: true
        case .history, .stranger, .sum, .nobody: false
        }
    }
}

extension Unicode.Scalar {
    /// Whether a terminal may obey it, but for tabs and the ends of lines, which texts for people have.
    fileprivate var isControl: Bool {
        properties.generalCategory == .control && self != "\t" && self != "\n" && self != "\r"
    }
}
