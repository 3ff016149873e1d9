import Foundation
import Neighbours
import Support
import Testing

/// What is said when the files are not for the Dovecot that is there, or it does not read them.
struct DovecotCheckTests {
    private let directory: TemporaryDirectory
    private var main: String { "\(directory.path)/dovecot.conf" }
    private var printed: String { "\(directory.path)/postern.conf" }

    init() throws { directory = try TemporaryDirectory() }

    private static let new = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"

    private func print(for version: DovecotVersion) throws {
        let files = DovecotConfiguration(
            for: version, databases: .files(stateDirectory: "/s"), installDirectory: directory.path
        ).files
        for file in files { try directory.write(file.name, file.text) }
    }

    /// What 2.3 and 2.4 say of a configuration that has our file.
    private var ours: InstalledDovecot.EffectiveSettings {
        .settings("passdb {\n  args = \(directory.path)/dovecot-sql.conf.ext\n  sqlite_path = /s/vmail/vmail.db\n}\n")
    }

    private func finding(
        with versionText: String, _ configuration: InstalledDovecot.EffectiveSettings?, databaseOption: String = ""
    ) -> DovecotCheck.Finding {
        DovecotCheck(
            of: InstalledDovecot(versionText: versionText), configuration, databases: .files(stateDirectory: "/s"),
            databaseOption: databaseOption,
            mainPath: main
        ).finding
    }

    private var printing: String { "postern print-config dovecot --output \(directory.path)" }
    private let last = "then repeat until there is no error:  doveconf -n >/dev/null && systemctl restart dovecot"

    @Test(
        arguments: [
            ("2.3.19.1", DovecotVersion.v2_3), ("2.4.1-4", .v2_4), ("2.2.36", nil), ("2.40.1", nil), ("2.4", nil),
            ("", nil),
        ] as [(String, DovecotVersion?)])
    func theVersionTextTellsTheVersion(_ number: String, _ version: DovecotVersion?) {
        #expect(DovecotVersion(versionText: number) == version)
    }

    @Test(arguments: DovecotVersion.allCases)
    func eachFileSaysInItsFirstLineWhichDovecotItIsFor(_ version: DovecotVersion) {
        let files = DovecotConfiguration(for: version, databases: .files(stateDirectory: "/s")).files
        for file in files { #expect(file.text.hasPrefix("# Dovecot \(version.rawValue)"), "\(file.name)") }
        #expect(DovecotConfiguration.version(ofText: files[0].text) == version)
    }

    /// As Postern 0.5.0 printed it: such files lie on other people's machines.
    @Test func filesPrintedLongAgoAreKnown() {
        let text = "# Dovecot 2.3 on Postern's tables. Install the five files in /etc/dovecot/postern, then\n"
        #expect(DovecotConfiguration.version(ofText: text) == .v2_3)
        #expect(DovecotConfiguration.version(ofText: "auth_mechanisms = plain\n") == nil)
    }

    @Test(arguments: [("2.3.19.1", DovecotVersion.v2_3, ""), ("2.4.1-4", .v2_4, new)])
    func whatFitsIsFine(_ number: String, _ version: DovecotVersion, _ head: String) throws {
        try print(for: version)
        try directory.write("dovecot.conf", head + "!include conf.d/*.conf\n!include \(printed)\n")
        #expect(finding(with: number, ours) == .fits)
        #expect(finding(with: number, nil) == .fits, "asked by somebody who is not root")
    }

    @Test func afterAnUpgradeItSaysWhatToDo() throws {
        try print(for: .v2_3)
        try directory.write("dovecot.conf", "!include \(printed)  # ours\n")
        #expect(
            finding(with: "2.4.1-4", .unusable("doveconf: Fatal: first"), databaseOption: "--state /s")
                == .problems([
                    "Dovecot does not start: doveconf: Fatal: first",
                    """
                    \(main) has no dovecot_config_version: it is Dovecot 2.3's. Save it, take Debian's new file, and carry \
                    over your own changes:  cp -p \(main) \(main).2.3 && cp /usr/share/dovecot/dovecot.conf \(main)
                    """,
                    "then, as its last line:  !include \(printed)",
                    "\(printed) is for Dovecot 2.3; print it anew:  postern print-config dovecot --state /s --output \(directory.path)",
                    last,
                ]))
        // The new main file was taken, and the include stands where Dovecot does not read it.
        try print(for: .v2_4)
        try directory.write("dovecot.conf", Self.new + "!include \(printed)\n")
        #expect(
            finding(with: "2.4.1-4", .settings("protocols = imap\n"))
                == .problems([
                    "\(main) does not include Postern's file; add as its last line:  !include \(printed)", last,
                ]))
        // A file of 2.3's was kept in conf.d.
        #expect(
            finding(with: "2.4.1-4", .unusable("doveconf: Fatal: 10-ssl.conf: Unknown setting: ssl_cert"))
                == .problems(["Dovecot does not start: doveconf: Fatal: 10-ssl.conf: Unknown setting: ssl_cert", last]))
    }

    /// The other way round, e.g. after a restore on an older machine.
    @Test func filesOfANewerOneAreSaid() throws {
        try print(for: .v2_4)
        try directory.write("dovecot.conf", "!include \(printed)\n")
        #expect(
            finding(with: "2.3.19.1", nil)
                == .problems(["\(printed) is for Dovecot 2.4; print it anew:  \(printing)", last]))
    }

    @Test func aVersionWithoutFilesAndAnIncludeOfNothingAreSaid() throws {
        try directory.write("dovecot.conf", Self.new + "  !include \(printed)\n")
        #expect(
            finding(with: "2.4.1-4", nil) == .problems(["\(printed) cannot be read; print it:  \(printing)", last]))
        try print(for: .v2_4)
        #expect(
            finding(with: "2.5.0", nil)
                == .problems(["Postern has no files for Dovecot 2.5.0: install Dovecot 2.3 or 2.4, or a newer Postern"])
        )
    }

    /// Somebody looks at a copy, say: that is nobody's fault.
    @Test func anotherStateIsSaidAndNoProblem() throws {
        try print(for: .v2_3)
        try directory.write("dovecot.conf", "!include \(printed)\n")
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/elsewhere", withIntermediateDirectories: false)
        let other = try directory.write("elsewhere/dovecot-sql.conf.ext", "connect = /other/vmail/vmail.db\n")
        #expect(
            finding(with: "2.3.19.1", .settings("args = \(other)\nnamespace postern_shared {\n")) == .readsAnotherState)
        #expect(
            finding(with: "2.4.1", .settings("  sqlite_path = /s/vmail/vmail.db.old\nnamespace postern_shared {\n"))
                == .readsAnotherState)
    }

    /// Whatever the text of the main file looks like: Dovecot knows best.
    @Test func whatDovecotReadsFits() throws {
        try print(for: .v2_4)
        try directory.write(
            "dovecot.conf", Self.new + "!include_try /etc/dovecot/gone/postern.conf\n!include conf.d/*.conf\n")
        #expect(finding(with: "2.4.1-4", ours) == .fits)
    }

    /// The same of a server: 2.3 has it in a file, 2.4 among its settings.
    @Test func whichServerDovecotReadsIsKnown() throws {
        func finding(_ host: String, _ settings: String) -> DovecotCheck.Finding {
            DovecotCheck(
                of: InstalledDovecot(versionText: "2.3.19"), .settings("namespace postern_shared {\n" + settings),
                databases: .server(PostgreSQLAccess(hosts: [.init(host)])), databaseOption: "", mainPath: main
            ).finding
        }
        let databases = ConfiguredDatabases.server(PostgreSQLAccess(hosts: [.init("/run/pg")]))
        for file in DovecotConfiguration(for: .v2_3, databases: databases).files {
            try directory.write(file.name, file.text)
        }
        let old = "args = \(directory.path)/dovecot-sql.conf.ext\n"
        let new = "parameters {\n  host = /run/pg\n  port = 5432\n  dbname = vmail\n  user = dovecot\n}\n"
        for settings in [old, new] {
            #expect(finding("/run/pg", settings) == .fits)
            #expect(finding("/run/other", settings) == .readsAnotherState)
        }
    }

    @Test func whatDovecotStumblesOverIsOursWhereverItLies() throws {
        try directory.write("dovecot.conf", Self.new + "!include conf.d/*.conf\n")
        let reason = "doveconf: Fatal: Error in configuration file /srv/x/postern.conf line 14"
        guard case .problems(let lines) = finding(with: "2.4.1-4", .unusable(reason)) else {
            return #expect(Bool(false))
        }
        #expect(lines.first == "Dovecot does not start: \(reason)")
        #expect(finding(with: "2.4.1-4", .unusable("doveconf: Fatal: /etc/dovecot/conf.d/10-ssl.conf")) == .isNotUsed)
    }

    @Test func whereNothingOfOursIsInstalledNothingIsWrong() throws {
        try directory.write("dovecot.conf", "!include conf.d/*.conf\n")
        #expect(finding(with: "2.4.1-4", .settings("")) == .isNotUsed)
    }

    @Test func whatAnotherVersionLeavesBehindIsNamed() {
        #expect(DovecotConfiguration(for: .v2_3, databases: .files(stateDirectory: "/s")).filesOfOtherVersions == [])
        #expect(
            DovecotConfiguration(for: .v2_4, databases: .files(stateDirectory: "/s")).filesOfOtherVersions == [
                "dovecot-sql.conf.ext", "dovecot-dict-quota.conf.ext", "dovecot-dict-last-login.conf.ext",
                "dovecot-dict-share-folder.conf.ext",
            ])
    }
}
