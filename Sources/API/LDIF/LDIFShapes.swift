extension Shape {
    /// Source: RFC 2849.
    package static let ldif: Shape = .text("Entries in LDIF, each followed by an empty line.")
}
