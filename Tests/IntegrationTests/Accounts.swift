import Foundation
import Glibc
import Support

/// The accounts of an installation. On a machine without them accounts that every Debian has stand in.
enum Accounts {
    /// Whether `postern init`, run by root, finds the accounts that own the files.
    static let areInstalled =
        getpwnam("postern") != nil && getpwnam("vmail") != nil && ProcessUser.groupNumber("mailsql") != nil
        && ProcessUser.groupNumber("vmail") != nil

    /// The group that may read `vmail.db`.
    static let readerGroup = ProcessUser.groupNumber(areInstalled ? "mailsql" : "mail") ?? 8
    private static let amavisGroup = ProcessUser.groupNumber("amavis")

    /// As whom Postern serves.
    static let service: ProcessUser = {
        let account = ProcessUser(named: serviceName)
        return ProcessUser(
            user: account?.user ?? 1, group: account?.group ?? 1,
            groups: [readerGroup] + (amavisGroup.map { [$0] } ?? []))
    }()

    /// The name of that account.
    static let serviceName = areInstalled ? "postern" : "daemon"

    /// As whom mlmmj's programs run. Postfix, which wants a name for it, gets one in a file of its own.
    static let lists = ProcessUser(named: "mlmmj") ?? ProcessUser(user: 64_998, group: 64_998)

    /// As whom Postfix reads: somebody who only shares the group.
    static let reader = ProcessUser.stranger(in: readerGroup)

    /// Owner of the stored mail.
    static let mail = ProcessUser(named: areInstalled ? "vmail" : "mail")

    /// As whom nginx' workers run.
    static let webGroup = ProcessUser.groupNumber("www-data") ?? 33

    /// Gives a state that root made to the accounts that stand in, as `postern init` does where it finds the real ones.
    static func own(state: String) throws {
        guard !areInstalled else { return }
        let dovecot = ProcessUser(named: "dovecot")?.user ?? service.user
        let owners = [
            ("vmail", service.user, readerGroup), ("amavisd", service.user, amavisGroup ?? readerGroup),
            ("iredapd", service.user, readerGroup), ("usage", dovecot, readerGroup),
            ("api", service.user, service.group),
        ]
        for (name, user, group) in owners {
            let directory = "\(state)/\(name)"
            for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
                chown("\(directory)/\(file)", user, group)
            }
            var status = stat()
            stat(directory, &status)
            chown(directory, user, group)
            // The change of owner clears the setgid bit.
            chmod(directory, status.st_mode & 0o7777)
        }
    }

    /// Printed configuration with the accounts that stand in; a database keeps its name.
    static func standIn(in text: String) -> String {
        guard !areInstalled else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            for name in ["vmail", "mailsql"] where line.hasSuffix(" = \(name)") && !line.contains("dbname") {
                return line.dropLast(name.count) + "mail"
            }
            return line
        }.joined(separator: "\n")
    }
}
