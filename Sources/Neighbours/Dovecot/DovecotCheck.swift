import FoundationEssentials

/// Whether the installed Dovecot starts, and reads the files that are printed for it. For `postern check`.
package struct DovecotCheck: Sendable {
    private let dovecot: InstalledDovecot
    private let configuration: InstalledDovecot.EffectiveSettings?
    private let mainPath: String
    private let accountsPath: String
    private let stateOption: String

    /// - Parameters:
    ///   - configuration: nil when it is not known.
    ///   - stateOption: names this state in the commands that are proposed, e.g. `--state /srv/postern`; empty for the
    ///     default one.
    ///   - mainPath: Dovecot's own main file.
    package init(
        of dovecot: InstalledDovecot, _ configuration: InstalledDovecot.EffectiveSettings?, stateDirectory: String,
        stateOption: String, mainPath: String = "/etc/dovecot/dovecot.conf"
    ) {
        self.dovecot = dovecot
        self.configuration = configuration
        self.mainPath = mainPath
        self.stateOption = stateOption.isEmpty ? "" : " \(stateOption)"
        accountsPath = DovecotConfiguration(for: .v2_4, stateDirectory: stateDirectory).accountsPath
    }

    package enum Finding: Sendable, Equatable {
        case fits
        /// Dovecot's main file includes none of ours, and there is none in the default directory.
        case isNotUsed
        /// Dovecot reads the accounts of another state directory.
        case readsAnotherState
        /// What is wrong and what to do about it, in the order of the steps.
        case misfits([String])
    }

    package var finding: Finding {
        if case .settings(let settings) = configuration {
            if reads(accountsPath, settings) { return .fits }
            if settings.contains(DovecotConfiguration.sharedNamespace) { return .readsAnotherState }
        }
        let main = (try? String(contentsOfFile: mainPath, encoding: .utf8)) ?? ""
        let included = Self.included(by: main)
        let printed = included ?? "\(DovecotConfiguration.usualDirectory)/\(DovecotConfiguration.mainFileName)"
        let text = try? String(contentsOfFile: printed, encoding: .utf8)
        guard included != nil || text != nil || isTroubledByOurs else { return .isNotUsed }
        let directory = String(printed.dropLast(DovecotConfiguration.mainFileName.count + 1))
        let printing = "postern print-config dovecot\(stateOption) --output \(directory)"
        guard let version = dovecot.version else {
            return .misfits([
                "Postern has no files for Dovecot \(dovecot.number): install Dovecot 2.3 or 2.4, or a newer Postern"
            ])
        }
        var misfits: [String] = []
        if case .unusable(let reason) = configuration { misfits.append("Dovecot does not start: \(reason)") }
        if version == .v2_4, !main.isEmpty,
            !Self.lines(main).contains(where: { $0.hasPrefix("dovecot_config_version") })
        {
            misfits.append(
                """
                \(mainPath) lacks dovecot_config_version, as Dovecot 2.3's does. Keep it, take Debian's new one, and bring \
                over what else of yours is needed:  cp -p \(mainPath) \(mainPath).2.3 && cp \(Self.delivered) \(mainPath)
                """)
            misfits.append("then, as its last line:  \(Self.include(printed))")
        } else if case .settings = configuration {
            misfits.append(
                "\(mainPath) does not include Postern's file; add as its last line:  \(Self.include(printed))")
        }
        if let text {
            if let known = DovecotConfiguration.version(ofText: text), known != version {
                misfits.append("\(printed) is for Dovecot \(known.rawValue); print it anew:  \(printing)")
            }
        } else {
            misfits.append("\(printed) cannot be read; print it:  \(printing)")
        }
        guard !misfits.isEmpty else { return .fits }
        return .misfits(
            misfits + ["then, until it names nothing more:  doveconf -n >/dev/null && systemctl restart dovecot"])
    }

    /// Whether Dovecot does not start and names our main file in the reason.
    private var isTroubledByOurs: Bool {
        guard case .unusable(let reason) = configuration else { return false }
        return reason.contains("/\(DovecotConfiguration.mainFileName)")
    }

    /// Whether Dovecot reads this database. 2.4 has the path in its settings, 2.3 in a file that its settings name.
    private func reads(_ accounts: String, _ settings: String) -> Bool {
        settings.contains(" \(accounts)\n")
            || settings.split(whereSeparator: \.isWhitespace).contains { word in
                word.hasSuffix("/\(DovecotConfiguration.queryFileName)")
                    && (try? String(contentsOfFile: String(word), encoding: .utf8))?.contains(" \(accounts)\n") == true
            }
    }

    /// Debian's own main file, from the package dovecot-core.
    private static let delivered = "/usr/share/dovecot/dovecot.conf"

    private static func include(_ path: String) -> String { "!include \(path)" }

    /// The path under which Dovecot's main file includes ours: of several the first that exists. Nil for none.
    private static func included(by main: String) -> String? {
        let paths = lines(main).compactMap { line -> String? in
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, words[0] == "!include" || words[0] == "!include_try", words[1].hasPrefix("/"),
                words[1].hasSuffix("/\(DovecotConfiguration.mainFileName)"),
                !words[1].contains(where: { "*?[".contains($0) })
            else { return nil }
            return String(words[1])
        }
        return paths.first { FileManager.default.fileExists(atPath: $0) } ?? paths.first
    }

    private static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { String($0.drop(while: \.isWhitespace)) }
    }
}
