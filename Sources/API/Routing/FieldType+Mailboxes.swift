import MailStore
import PasswordHash

extension FieldType where Value == StoredPassword {
    /// A ready hash, stored as it is: `Contract.md` 8.4.
    static var passwordHash: Self {
        FieldType(
            kind: "hash with its scheme before it, such as {SSHA512}…", Shape(.text(format: "password")), secret: .hash,
            refuses: [.invalidPasswordScheme]
        ) {
            text, _ throws(APIError) in
            guard let hash = StoredPassword.acceptable(text) else { throw .invalidPasswordScheme }
            return hash
        }
    }
}

extension FieldType where Value == String {
    static var mailboxFormat: Self {
        FieldType(kind: "maildir, mdbox or sdbox", .word(MailboxStorage.formats, "")) {
            text, isStrict throws(APIError) in
            let format = text.lowercased()
            guard MailboxStorage.formats.contains(format) else {
                if isStrict { throw .invalidParameter }
                return nil
            }
            return format
        }
    }

    static var mailboxFolder: Self {
        FieldType(kind: "1 to 20 letters and digits", Shape(.text(pattern: "^[A-Za-z0-9]{1,20}$"))) {
            text, isStrict throws(APIError) in
            guard MailboxStorage.isFolder(text) else {
                if isStrict { throw .invalidParameter }
                return nil
            }
            return text
        }
    }
}

extension FieldType where Value == MailboxPath {
    /// Lower-cased, because Dovecot looks it up in lower case. A relative path is ignored, a component that could lead
    /// to another directory is refused: `Contract.md` 2.2.
    static var mailboxPath: Self {
        FieldType(kind: "absolute path of three components or more", .text("")) { text, isStrict throws(APIError) in
            guard text.hasPrefix("/") else {
                if isStrict { throw .invalidParameter }
                return nil
            }
            let components = text.lowercased().split(separator: "/")
            guard components.count >= 3, text.utf8.count <= 255, components.allSatisfy(isFit) else {
                throw .invalidParameter
            }
            return MailboxPath(
                base: "/" + components[0], node: String(components[1]),
                maildir: components[2...].joined(separator: "/") + "/")
        }
    }

    /// Letters, digits and `-_.@+=`, not beginning with a dot.
    private static func isFit(_ component: Substring) -> Bool {
        !component.hasPrefix(".")
            && component.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "-_.@+=".utf8.contains(byte)
                }
            }
    }
}

extension FieldType where Value == [String] {
    /// Names of mail services; a name without a column is skipped.
    static var services: Self {
        FieldType(
            kind: "service names, separated by commas",
            .list(.word(["mail"] + MailService.allCases.map(\.rawValue), ""), "")
        ) { text, isStrict throws(APIError) in
            var names: [String] = []
            for item in try ListItems(text).items.map({ $0.lowercased() }) {
                guard !MailService.family(item).isEmpty, !names.contains(item) else {
                    if isStrict { throw .invalidParameter.explained("\(item) is no service, or named twice.") }
                    continue
                }
                names.append(item)
            }
            return names
        }
    }
}
