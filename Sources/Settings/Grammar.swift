/// Whether a text has one or more characters, all of them ASCII letters, digits or in `others`.
func isName(_ text: String, of others: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || others.utf8.contains($0) }
}

/// Whether a text is an absolute path without `/` at its end, each component a name (`isName`) but not `.` or `..`.
func isPath(_ text: String, of others: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count >= 2 && parts[0].isEmpty
        && parts.dropFirst().allSatisfy { isName(String($0), of: others) && $0 != "." && $0 != ".." }
}

/// Whether a text may be the name of a user of the system (useradd(8)); capitals and dots are allowed.
@Sendable func isUserName(_ text: String) -> Bool {
    isName(text, of: "._-") && text.utf8.count <= 32
        && text.utf8.prefix(1).allSatisfy { isLetter($0) || $0 == UInt8(ascii: "_") }
}

func hasNoControls(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
}

/// Whether a text is `service` or `service:nexthop`; of the next hop only length and characters are checked.
func isTransport(_ text: String) -> Bool {
    let service = text.prefix { $0 != ":" }
    return isName(String(service), of: "-_") && text.utf8.count <= 255
        && text.utf8.allSatisfy { (33...126).contains($0) }
}

/// Whether a text is a distinguished name (RFC 4514) without escaped commas: `attribute=value`, separated by commas.
@Sendable func isDistinguishedName(_ text: String) -> Bool {
    hasNoControls(text)
        && text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            return sides.count == 2 && isName(sides[0], of: "-")
        }
}
