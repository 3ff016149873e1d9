import FoundationEssentials
import MailStore

/// Whether the installed Dovecot starts, and reads the files that are printed for it. For `postern check`.
package struct DovecotCheck: Sendable {
    private let dovecot: InstalledDovecot
    private let configuration: InstalledDovecot.EffectiveSettings?
    private let mainPath: String
    private let databases: ConfiguredDatabases
    private let databaseOption: String

    /// - Parameters:
    ///   - configuration: nil when it is not known.
    ///   - databases: whose accounts Dovecot should read.
    ///   - databaseOption: names these in the commands that are proposed, e.g. `--state /srv/postern`; empty for the
    ///     default ones.
    ///   - mainPath: Dovecot's own main file.
    package init(
        of dovecot: InstalledDovecot, _ configuration: InstalledDovecot.EffectiveSettings?,
        databases: ConfiguredDatabases, databaseOption: String, mainPath: String = "/etc/dovecot/dovecot.conf"
    ) {
        self.dovecot = dovecot
        self.configuration = configuration
        self.mainPath = mainPath
        self.databaseOption = databaseOption.isEmpty ? "" : " \(databaseOption)"
        self.databases = databases
    }

    package enum Finding: Sendable, Equatable {
        case fits
        /// Dovecot's main file includes none of ours, and there is none in the default directory.
        case isNotUsed
        /// Dovecot reads the accounts of another state directory or server.
        case readsAnotherState
        /// What is wrong and what to do about it, in the order of the steps.
        case problems([String])
    }

    package var finding: Finding {
        if case .settings(let settings) = configuration {
            if isRead(by: settings) { return .fits }
            if settings.contains(DovecotConfiguration.sharedNamespace) { return .readsAnotherState }
        }
        let main = (try? String(contentsOfFile: mainPath, encoding: .utf8)) ?? ""
        let included = Self.included(by: main)
        let printed = included ?? "\(DovecotConfiguration.defaultDirectory)/\(DovecotConfiguration.mainFileName)"
        let text = try? String(contentsOfFile: printed, encoding: .utf8)
        guard included != nil || text != nil || failsInOurFile else { return .isNotUsed }
        let directory = String(printed.dropLast(DovecotConfiguration.mainFileName.count + 1))
        let printing = "postern print-config dovecot\(databaseOption) --output \(directory)"
        guard let version = dovecot.version else {
            return .problems([
                "Postern has no files for Dovecot \(dovecot.versionText): install Dovecot 2.3 or 2.4, or a newer Postern"
            ])
        }
        var problems: [String] = []
        if case .unusable(let reason) = configuration { problems.append("Dovecot does not start: \(reason)") }
        if version == .v2_4, !main.isEmpty,
            !Self.lines(main).contains(where: { $0.hasPrefix("dovecot_config_version") })
        {
            problems.append(
                """
                \(mainPath) has no dovecot_config_version: it is Dovecot 2.3's. Save it, take Debian's new file, and carry \
                over your own changes:  cp -p \(mainPath) \(mainPath).2.3 && cp \(Self.delivered) \(mainPath)
                """)
            problems.append("then, as its last line:  \(Self.include(printed))")
        } else if case .settings = configuration {
            problems.append(
                "\(mainPath) does not include Postern's file; add as its last line:  \(Self.include(printed))")
        }
        if let text {
            if let known = DovecotConfiguration.version(ofText: text), known != version {
                problems.append("\(printed) is for Dovecot \(known.rawValue); print it anew:  \(printing)")
            }
        } else {
            problems.append("\(printed) cannot be read; print it:  \(printing)")
        }
        guard !problems.isEmpty else { return .fits }
        return .problems(
            problems + ["then repeat until there is no error:  doveconf -n >/dev/null && systemctl restart dovecot"])
    }

    /// Whether Dovecot does not start and names our main file in the reason.
    private var failsInOurFile: Bool {
        guard case .unusable(let reason) = configuration else { return false }
        return reason.contains("/\(DovecotConfiguration.mainFileName)")
    }

    /// Whether Dovecot reads these accounts. 2.4 says in its settings where they are, 2.3 in a file that its settings
    /// name.
    private func isRead(by settings: String) -> Bool {
        let accounts = DovecotConfiguration.connection(to: .vmail, databases)
        return DovecotConfiguration.settings(naming: databases).allSatisfy { settings.contains($0) }
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
