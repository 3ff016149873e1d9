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
            misfits.append(
                """
                \(mainPath) is of an older Dovecot: it lacks dovecot_config_version. Take the one of the package \
                (apt-get download dovecot-core, or \(mainPath).dpkg-dist beside it), and add as its last line \
                what the head of \(printed) says
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
