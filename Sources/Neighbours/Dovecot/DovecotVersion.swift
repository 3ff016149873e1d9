import FoundationEssentials
import Glibc

/// The editions of Dovecot that Postern has files for. Their configuration has not one block in common: each refuses to
/// start with the other's.
package enum DovecotVersion: String, CaseIterable, Sendable {
    /// Debian 12.
    case v2_3 = "2.3"
    /// Debian 13.
    case v2_4 = "2.4"

    /// - Parameter text: what `dovecot --version` prints, such as `2.4.1-4 (7d8c0e5759)`.
    /// - Returns: nil for an edition there are no files for.
    package init?(printed text: String) {
        guard let known = Self.allCases.first(where: { text.hasPrefix("\($0.rawValue).") }) else { return nil }
        self = known
    }
}

/// The Dovecot of this machine.
package struct InstalledDovecot: Sendable {
    /// As it says itself, e.g. `2.4.1-4`.
    package let number: String
    /// nil when there are no files for it.
    package let version: DovecotVersion?

    package init(number: String, version: DovecotVersion?) {
        self.number = number
        self.version = version
    }

    /// Asks the program; nil when there is none.
    package static func find() -> InstalledDovecot? {
        // Debian has it out of the way of those who are not root.
        guard let answer = popen("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin dovecot --version 2>/dev/null", "re")
        else {
            return nil
        }
        defer { pclose(answer) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), answer) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let number = text.split(whereSeparator: \.isWhitespace).first, number.first?.isNumber == true else {
            return nil
        }
        return InstalledDovecot(number: String(number), version: DovecotVersion(printed: text))
    }
}
