import Mail
import PasswordHash

/// The type of a parameter: how its text becomes a value, for parsing and for the documentation. The rules of the types
/// are in `Contract.md` 2.1 and 2.2.
struct FieldType<Value>: Sendable {
    /// What a value looks like, in words. A closure, like the next two, because only the documentation needs it.
    let kind: @Sendable () -> String
    /// What a value looks like in a JSON body.
    let shape: @Sendable () -> Shape
    /// Why a value may be refused.
    let refusals: @Sendable () -> [APIError]
    /// What is done with a secret; nil for other values. A secret is refused in a query string.
    let secret: SecretKind?
    /// Whether a bad value is refused with a word made of the parameter's name, such as `INVALID_PERIOD`.
    let namesParameter: Bool
    /// Takes the text, without white space at its ends, and whether handling is strict. Nil: as if not sent.
    let parse: @Sendable (String, Bool) throws(APIError) -> Value?

    init(
        kind: @escaping @autoclosure @Sendable () -> String, _ shape: @escaping @autoclosure @Sendable () -> Shape,
        secret: SecretKind? = nil, namesParameter: Bool = false,
        refuses refusals: @escaping @autoclosure @Sendable () -> [APIError] = [.invalidParameter],
        parse: @escaping @Sendable (String, Bool) throws(APIError) -> Value?
    ) {
        self.kind = kind
        self.shape = shape
        self.refusals = refusals
        self.secret = secret
        self.namesParameter = namesParameter
        self.parse = parse
    }
}

/// What is done with a secret. Hashing and checking are slow in some schemes.
package enum SecretKind: Sendable {
    /// Hashed in the scheme for mail users.
    case user
    /// Hashed in the scheme for admins.
    case admin
    /// Checked against a stored hash, at the cost of the scheme for admins at least.
    case checked
    /// A ready hash: stored as it is.
    case hash
}

extension FieldType where Value == String {
    /// Any text for people, at most 255 characters.
    static var text: Self { shortText(limit: 255) }

    /// Any text for people, of any length.
    static var longText: Self { shortText(limit: .max) }

    private static func shortText(limit: Int) -> Self {
        FieldType(
            kind: limit == .max ? "text" : "text of at most \(limit) characters",
            Shape(.text(length: limit == .max ? nil : limit))
        ) { text, _ throws(APIError) in
            let scalars = text.unicodeScalars
            guard scalars.count <= limit, scalars.allSatisfy(\.isFitForNames) else { throw .invalidParameter }
            return text
        }
    }

    /// The language of an account: an unknown one counts as none.
    static var language: Self {
        FieldType(kind: "language such as en_US; empty for none", .text("")) { text, isStrict throws(APIError) in
            if text.isEmpty { return "" }
            guard let language = Language(text) else {
                if isStrict { throw .invalidParameter }
                return ""
            }
            return language.code
        }
    }

    /// The language of a domain: an unknown one counts as not sent.
    static var domainLanguage: Self {
        FieldType(kind: "language such as en_US; empty for none", .text("")) { text, isStrict throws(APIError) in
            if text.isEmpty { return "" }
            guard let language = Language(text) else {
                if isStrict { throw .invalidParameter }
                return nil
            }
            return language.code
        }
    }

    /// The unit of an admin's quota; stored in capitals, never converted.
    static var quotaUnit: Self {
        FieldType(kind: "MB, GB or TB", .word(["MB", "GB", "TB"], "")) { text, _ throws(APIError) in
            guard ["MB", "GB", "TB"].contains(text.uppercased()) else { throw .invalidParameter }
            return text.uppercased()
        }
    }

    /// A result of transport(5): `transport` or `transport:nexthop`. Empty is a value, too: the default.
    static var transport: Self {
        FieldType(kind: "Postfix transport such as lmtp:unix:private/dovecot-lmtp", .text("")) {
            text, _ throws(APIError) in
            guard text.isEmpty || Transport(text) != nil else { throw .invalidParameter }
            return text
        }
    }
}

extension FieldType where Value == Int {
    /// A whole number from 0; empty counts as not sent.
    static var number: Self {
        FieldType(kind: "number", .count("")) { text, _ throws(APIError) in
            guard !text.isEmpty else { return nil }
            guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text)
            else { throw .invalidParameter }
            return number
        }
    }
}

extension FieldType where Value == Int {
    /// How many items a part of a list has.
    static var pageSize: Self {
        FieldType(kind: "number from 1 to 10000", Shape(.number(1...10_000))) { text, isStrict throws(APIError) in
            guard let number = try number.parse(text, isStrict) else { return nil }
            guard (1...10_000).contains(number) else { throw .invalidParameter }
            return number
        }
    }
}

extension FieldType where Value == AccountLimit {
    /// How many accounts there may be: 0 any number, -1 none.
    static var limit: Self {
        FieldType(kind: "number; 0 for no limit, -1 for none at all", Shape(.number(-1 ... .max))) {
            text, isStrict throws(APIError) in
            if text == "-1" { return AccountLimit.none }
            return try FieldType<Int>.number.parse(text, isStrict).flatMap { AccountLimit(stored: $0) }
        }
    }
}

extension FieldType where Value == Quota {
    /// Megabytes of 1 048 576 bytes; 0 is unlimited.
    static var megabytes: Self {
        FieldType(kind: "number of megabytes; 0 for no limit", Shape(.number(0...Int.max / 1_048_576))) {
            text, isStrict throws(APIError) in
            guard let number = try FieldType<Int>.number.parse(text, isStrict) else { return nil }
            guard let quota = Quota(megabytes: number) else { throw .invalidParameter }
            return quota
        }
    }
}

extension FieldType where Value == Bool {
    static var yesNo: Self {
        FieldType(kind: "yes or no", .flag("")) { text, _ throws(APIError) in
            switch text.lowercased() {
            case "yes", "true", "1", "on": return true
            case "no", "false", "0", "off", "": return false
            default: throw .invalidParameter
            }
        }
    }
}

extension FieldType where Value == Bool {
    /// True when the field is sent at all, whatever its value.
    static var presence: Self {
        FieldType(kind: "yes; whatever is sent counts as that", .word(["yes"], ""), refuses: []) {
            _, _ throws(APIError) in true
        }
    }
}

extension FieldType where Value == AccountStatus {
    static var status: Self {
        FieldType(kind: "active or disabled", .word(["active", "disabled"], "")) { text, _ throws(APIError) in
            guard let status = AccountStatus(word: text) else { throw .invalidParameter }
            return status
        }
    }
}

extension FieldType where Value == Secret {
    static func password(_ kind: SecretKind) -> Self {
        FieldType(kind: "password", Shape(.text(format: "password")), secret: kind, refuses: []) {
            text, _ throws(APIError) in Secret(text)
        }
    }
}

extension FieldType where Value == MailAddress {
    /// Exactly one address; empty counts as not sent.
    static var address: Self {
        FieldType(kind: "mail address", .address(""), refuses: [.invalidMail]) { text, _ throws(APIError) in
            if text.isEmpty { return nil }
            guard let address = MailAddress(text) else { throw .invalidMail }
            return address
        }
    }

    /// The name an admin logs in with.
    static var username: Self {
        FieldType(kind: "mail address", .address(""), refuses: [.invalidUsername]) { text, _ throws(APIError) in
            guard let address = MailAddress(text) else { throw .invalidUsername }
            return address
        }
    }
}

extension FieldType where Value == [MailAddress] {
    /// Addresses that replace those stored: empty clears, and text without one valid address is refused.
    static var addressList: Self {
        FieldType(
            kind: "mail addresses, separated by commas; empty clears", .addresses(""),
            refuses: [.invalidMail, .invalidParameter]
        ) { text, isStrict throws(APIError) in
            let addresses = try addresses(in: text, isStrict)
            if addresses.isEmpty && !text.isEmpty { throw .invalidMail }
            return addresses
        }
    }

    /// Addresses to add or to remove; invalid ones are skipped.
    static var addressItems: Self {
        FieldType(
            kind: "mail addresses, separated by commas", .addresses(""), refuses: [.invalidMail, .invalidParameter]
        ) { text, isStrict throws(APIError) in
            try addresses(in: text, isStrict)
        }
    }

    private static func addresses(in text: String, _ isStrict: Bool) throws(APIError) -> [MailAddress] {
        try ListItems(text).parsed(isStrict, invalid: .invalidMail) { MailAddress($0) }
    }
}

extension Unicode.Scalar {
    /// False for control characters, and for those that reorder the text around them (`Security.md` C10).
    fileprivate var isFitForNames: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
        default:
            !(0x202a...0x202e).contains(value) && !(0x2066...0x2069).contains(value) && value != 0x061c
                && value != 0x200e && value != 0x200f
        }
    }
}
