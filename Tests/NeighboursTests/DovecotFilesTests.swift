import Foundation
import Neighbours
import Support
import Testing

/// Which Dovecot the files are for, and what is said when that is not the one that is there.
struct DovecotFilesTests {
    private let directory: TemporaryDirectory
    private var main: String { "\(directory.path)/dovecot.conf" }
    private var printed: String { "\(directory.path)/postern.conf" }

    init() throws { directory = try TemporaryDirectory() }

    private static let new = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"

    private func print(for version: DovecotVersion) throws {
        let files = DovecotConfiguration(for: version, stateDirectory: "/s", installDirectory: directory.path).files
        for file in files { try directory.write(file.name, file.text) }
    }

    private func misfits(with number: String, state: String = "/var/lib/postern") -> [String] {
        DovecotFiles(mainPath: main).misfits(
            with: InstalledDovecot(number: number, version: DovecotVersion(printed: number)), stateDirectory: state)
    }

    @Test(
        arguments: [
            ("2.3.19.1 (9b53102964)", DovecotVersion.v2_3), ("2.4.1-4 (7d8c0e5759)", .v2_4), ("2.2.36", nil),
            ("2.40.1", nil),
            ("2.4", nil), ("", nil),
        ] as [(String, DovecotVersion?)])
    func theProgramsAnswerIsUnderstood(_ text: String, _ version: DovecotVersion?) {
        #expect(DovecotVersion(printed: text) == version)
    }

    @Test(arguments: DovecotVersion.allCases)
    func eachFileSaysInItsFirstLineWhichDovecotItIsFor(_ version: DovecotVersion) {
        for file in DovecotConfiguration(for: version, stateDirectory: "/s").files {
            #expect(file.text.hasPrefix("# Dovecot \(version.rawValue)"), "\(file.name)")
        }
    }

    @Test func filesOfTheInstalledOneAreFine() throws {
        try print(for: .v2_3)
        try directory.write("dovecot.conf", "!include conf.d/*.conf\n!include \(printed)\n")
        #expect(misfits(with: "2.3.19.1") == [])
        try print(for: .v2_4)
        try directory.write("dovecot.conf", Self.new + "!include \(printed)\n")
        #expect(misfits(with: "2.4.1-4") == [])
    }

    @Test func afterAnUpgradeItSaysWhatToRun() throws {
        try print(for: .v2_3)
        try directory.write("dovecot.conf", "!include \(printed)\n")
        let told = misfits(with: "2.4.1-4", state: "/s")
        try #require(told.count == 2)
        #expect(told[0].hasSuffix("postern print-config dovecot --state /s --output \(directory.path)"))
        #expect(
            told[1].hasSuffix(
                "take the one that the package dovecot-core brings  and add as its last line:  !include \(printed)"))
        try directory.write("dovecot.conf.ucf-dist", Self.new)
        #expect(misfits(with: "2.4.1-4")[1].contains("cp \(main).ucf-dist \(main)  and add"))
        // The other way round, e.g. after a restore to an older machine.
        try print(for: .v2_4)
        #expect(misfits(with: "2.3.19.1").count == 1)
    }

    @Test func aVersionWithoutFilesAndAnIncludeOfNothingAreSaid() throws {
        try directory.write("dovecot.conf", Self.new + "  !include \(printed)\n")
        #expect(misfits(with: "2.4.1-4") == ["\(main) includes \(printed), which cannot be read"])
        try print(for: .v2_4)
        #expect(misfits(with: "2.5.0") == ["Postern has no files for Dovecot 2.5.0; \(printed) is for another one"])
    }

    @Test func whereNothingOfOursIsInstalledNothingIsSaid() throws {
        try directory.write("dovecot.conf", "!include conf.d/*.conf\n")
        #expect(misfits(with: "2.4.1-4") == [])
    }

    @Test func whatAnotherVersionLeavesBehindIsNamed() {
        #expect(DovecotConfiguration.leftovers(after: .v2_3) == [])
        #expect(
            DovecotConfiguration.leftovers(after: .v2_4) == [
                "dovecot-sql.conf.ext", "dovecot-dict-quota.conf.ext", "dovecot-dict-last-login.conf.ext",
                "dovecot-dict-share-folder.conf.ext",
            ])
    }
}
