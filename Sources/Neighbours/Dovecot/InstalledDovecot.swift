import Glibc

/// The Dovecot of this machine.
package struct InstalledDovecot: Sendable {
    /// As `dovecot --version` prints it, e.g. `2.4.1-4`.
    package let versionText: String

    /// Nil when there are no files for it.
    package var version: DovecotVersion? { DovecotVersion(versionText: versionText) }

    package init(versionText: String) { self.versionText = versionText }

    /// Runs `dovecot --version`; nil when there is no Dovecot, or no version within ten seconds.
    package static func find() -> InstalledDovecot? {
        guard let answer = ask("dovecot --version 2>/dev/null"), answer.status == 0,
            let word = answer.text.split(whereSeparator: \.isWhitespace).first, word.first?.isNumber == true
        else { return nil }
        return InstalledDovecot(versionText: String(word))
    }

    /// What Dovecot makes of its configuration.
    package enum EffectiveSettings: Sendable {
        /// Every setting that is not the default, as `doveconf -n` prints it.
        case settings(String)
        /// Why Dovecot does not start.
        case unusable(String)
    }

    /// Runs `doveconf -n`; nil for other users than root, who may not read all of the configuration.
    package static func configuration() -> EffectiveSettings? {
        guard geteuid() == 0, let answer = ask("doveconf -n 2>&1") else { return nil }
        guard answer.status != 0 else { return .settings(answer.text) }
        let lines = answer.text.split(separator: "\n").map(String.init)
        let reason = lines.first { $0.contains("Fatal: ") || $0.contains("Error: ") } ?? lines.last
        return .unusable(reason ?? "doveconf ends with status \(answer.status)")
    }

    /// Runs a command for at most ten seconds, and takes the first megabyte that it prints. Debian keeps these programs
    /// in directories that only root has in `PATH`.
    private static func ask(_ command: String) -> (status: Int32, text: String)? {
        guard let answer = popen("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin timeout -k 2 10 \(command)", "re") else {
            return nil
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 1 << 20, case let count = fread(&piece, 1, piece.count, answer), count > 0 {
            bytes += piece.prefix(count)
        }
        let status = pclose(answer)
        return (status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f), String(decoding: bytes, as: UTF8.self))
    }
}

/// The versions of Dovecot that Postern has files for. Each refuses to start with the other's configuration.
package enum DovecotVersion: String, CaseIterable, Sendable {
    /// Debian 12.
    case v2_3 = "2.3"
    /// Debian 13.
    case v2_4 = "2.4"

    /// - Parameter versionText: as `dovecot --version` prints it, such as `2.4.1-4`.
    /// - Returns: nil for a version there are no files for.
    package init?(versionText: String) {
        guard let known = Self.allCases.first(where: { versionText.hasPrefix("\($0.rawValue).") }) else { return nil }
        self = known
    }
}
