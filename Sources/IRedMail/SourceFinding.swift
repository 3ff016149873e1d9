/// Something that an operator should know before a server is taken over: a line of the report.
package struct SourceFinding: Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// It is taken, but not as it is there.
        case changed
        /// It is not taken.
        case leftOut = "left-out"
        /// Postfix or Dovecot will answer otherwise than they do there.
        case differs
        /// The server does not have it.
        case missing
    }

    package let kind: Kind
    package let table: String
    /// The address, domain or other key; empty for a whole table.
    package let name: String
    package let reason: String

    /// What moves a cursor, ends a line or turns the direction of a text.
    private static let hidden: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator]

    /// Fields between tabs. Control characters, and those that reorder text, are shown as `?`.
    package var description: String {
        [kind.rawValue, table, name, reason].map { field in
            String(
                field.unicodeScalars.map { Self.hidden.contains($0.properties.generalCategory) ? "?" : Character($0) })
        }.joined(separator: "\t")
    }
}
