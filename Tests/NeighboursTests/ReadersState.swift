import Foundation
import Glibc
import MailStore
import Neighbours
import Support

/// A state directory with rows put in by hand, and the files printed for it.
///
/// As root its files belong to accounts every Debian has, with the modes and the sharing by group of a real
/// installation: `mail` stands for the group `mailsql` and for the owner of the stored mail.
struct ReadersState {
    static let isPossible = Program.isInstalled("/usr/bin/sqlite3")
    static let readers = ProcessUser.stranger(in: ProcessUser.groupNumber("mail") ?? 8)

    let directory: TemporaryDirectory
    var state: String { "\(directory.path)/state" }
    var postfix: String { "\(directory.path)/postfix" }
    var dovecot: String { "\(directory.path)/dovecot" }
    var amavisd: String { "\(directory.path)/amavisd" }
    var mail: String { "\(directory.path)/mail" }

    init() throws {
        directory = try TemporaryDirectory()
        for path in [state, postfix, dovecot, amavisd, mail] { try Self.makeDirectory(path) }
        try Ownership.set(mail, owner: "mail", group: "mail", mode: 0o755)
        for file in [StoreFile.vmail, .amavisd, .usage] { try make(file) }
        try Self.write(PostfixConfiguration(stateDirectory: state, installDirectory: postfix).files, to: postfix)
        let version = DovecotVersion(versionText: DovecotServer.version) ?? .v2_3
        let printed = DovecotConfiguration(for: version, stateDirectory: state, installDirectory: dovecot).files
        try Self.write(printed.map { (name: $0.name, text: Self.withMail($0.text)) }, to: dovecot)
        try Self.write(AmavisdConfiguration(stateDirectory: state).files, to: amavisd)
    }

    /// Runs SQL; what it prints.
    @discardableResult
    func run(_ file: StoreFile, _ script: String) throws -> String {
        // Without persist_wal the side files go when the shell ends, and readers without write permission fail.
        let result = try Program.run(
            "/usr/bin/sqlite3", ["-batch", "-bail", "\(state)/\(file.relativePath)"],
            input: ".timeout 5000\n.output /dev/null\n.filectrl persist_wal 1\n.output\n\(script)\n")
        guard result.errorOutput.isEmpty else { throw Program.Failure(description: result.errorOutput) }
        return result.output
    }

    private func make(_ file: StoreFile) throws {
        let group = file == .amavisd && ProcessUser.groupNumber("amavis") != nil ? "amavis" : "mail"
        let owner = file == .usage && ProcessUser(named: "dovecot") != nil ? "dovecot" : "root"
        let path = "\(state)/\(file.relativePath)"
        try Self.makeDirectory("\(state)/\(file.directory)")
        try Ownership.set("\(state)/\(file.directory)", owner: owner, group: group, mode: file.directoryMode)
        try "".write(toFile: path, atomically: false, encoding: .utf8)
        try Ownership.set(path, owner: owner, group: group, mode: file.fileMode)
        let statements = Schema.statements(for: file) + Schema.seed(for: file)
        try run(file, ".output /dev/null\nPRAGMA journal_mode = WAL;\n.output")
        try run(file, "BEGIN;\n" + statements.map { $0 + ";\n" }.joined() + "COMMIT;")
    }

    /// A printed file with `mail` in place of the accounts that an installation makes.
    private static func withMail(_ text: String) -> String {
        ["vmail", "mailsql"].reduce(text) { $0.replacing(" = \($1)\n", with: " = mail\n") }
    }

    private static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }

    private static func write(_ files: [(name: String, text: String)], to directory: String) throws {
        for file in files {
            try file.text.write(toFile: "\(directory)/\(file.name)", atomically: false, encoding: .utf8)
            chmod("\(directory)/\(file.name)", 0o644)
        }
    }
}
