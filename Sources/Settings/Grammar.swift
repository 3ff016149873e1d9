/// Whether a text is one or more ASCII letters, digits and the given others.
func isName(_ text: String, of others: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || others.utf8.contains($0) }
}

/// Whether a text is an absolute path without `/` at its end and without empty, `.` and `..` components.
func isPath(_ text: String, of others: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count >= 2 && parts[0].isEmpty
        && parts.dropFirst().allSatisfy { isName(String($0), of: others) && $0 != "." && $0 != ".." }
}

/// Whether a text may be a user of the system, as `useradd` allows them.
@Sendable func isUserName(_ text: String) -> Bool {
    isName(text, of: "._-") && text.utf8.count <= 32
        && text.utf8.prefix(1).allSatisfy { isLetter($0) || $0 == UInt8(ascii: "_") }
}

func hasNoControls(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
}

/// Whether a text is `service` or `service:nexthop`; the next hop is Postfix's affair.
func isTransport(_ text: String) -> Bool {
    let service = text.prefix { $0 != ":" }
    return isName(String(service), of: "-_") && text.utf8.count <= 255
        && text.utf8.allSatisfy { (33...126).contains($0) }
}

/// Whether a text is a sequence of `attribute=value`, separated by commas.
@Sendable func isDistinguishedName(_ text: String) -> Bool {
    hasNoControls(text)
        && text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            return sides.count == 2 && isName(sides[0], of: "-")
        }
}
