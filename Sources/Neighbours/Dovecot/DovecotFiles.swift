import FoundationEssentials

/// What lies in Dovecot's own configuration directory.
package struct DovecotFiles: Sendable {
    private let mainPath: String

    /// - Parameter mainPath: Dovecot's own main file.
    package init(mainPath: String = "/etc/dovecot/dovecot.conf") { self.mainPath = mainPath }

    /// What keeps this Dovecot from starting with what lies there, each with the way out; empty where all fits, and where
    /// nothing of ours is installed.
    package func misfits(with installed: InstalledDovecot, stateDirectory: String) -> [String] {
        let main = (try? String(contentsOfFile: mainPath, encoding: .utf8)) ?? ""
        let included = Self.included(by: main)
        let printed = included ?? "\(DovecotConfiguration.usualDirectory)/\(DovecotConfiguration.mainFile)"
        guard let text = try? String(contentsOfFile: printed, encoding: .utf8) else {
            return included.map { ["\(mainPath) includes \($0), which cannot be read"] } ?? []
        }
        guard let version = installed.version else {
            return ["Postern has no files for Dovecot \(installed.number); \(printed) is for another one"]
        }
        var misfits: [String] = []
        if let known = DovecotConfiguration.version(of: text), known != version {
            let directory = String(printed.dropLast(DovecotConfiguration.mainFile.count + 1))
            let state = stateDirectory == "/var/lib/postern" ? "" : " --state \(stateDirectory)"
            misfits.append(
                """
                \(printed) is for Dovecot \(known.rawValue); this one does not start with it, and nobody can log in. \
                Print it anew:  postern print-config dovecot\(state) --output \(directory)
                """)
        }
        if version == .v2_4, !main.isEmpty,
            !Self.lines(main).contains(where: { $0.hasPrefix("dovecot_config_version") })
        {
            // What Debian puts there when an administrator's file is kept.
            let new = "\(mainPath).ucf-dist"
            let way =
                FileManager.default.fileExists(atPath: new)
                ? "cp \(new) \(mainPath)" : "take the one that the package dovecot-core brings"
            misfits.append(
                """
                \(mainPath) is Dovecot 2.3's: it lacks dovecot_config_version. Take the new one:  \(way)  and add as its \
                last line:  !include \(printed)
                """)
        }
        return misfits
    }

    /// The path of our main file, where Dovecot's includes it.
    private static func included(by main: String) -> String? {
        for line in lines(main) where line.hasPrefix("!include") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count == 2, words[1].hasPrefix("/"), words[1].hasSuffix("/\(DovecotConfiguration.mainFile)") {
                return String(words[1])
            }
        }
        return nil
    }

    private static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { String($0.drop(while: \.isWhitespace)) }
    }
}
