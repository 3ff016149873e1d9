/// The versions of Dovecot that Postern has files for. Each refuses to start with the other's configuration.
package enum DovecotVersion: String, CaseIterable, Sendable {
    /// Debian 12.
    case v2_3 = "2.3"
    /// Debian 13.
    case v2_4 = "2.4"

    /// - Parameter number: as Dovecot says it itself, such as `2.4.1-4`.
    /// - Returns: nil for a version there are no files for.
    package init?(number: String) {
        guard let known = Self.allCases.first(where: { number.hasPrefix("\($0.rawValue).") }) else { return nil }
        self = known
    }
}
