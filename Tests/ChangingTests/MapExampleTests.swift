import Foundation
import MailStore
import Storage
import Support
import Testing

@testable import Neighbours

/// `Changing.md` 6: the real Postfix client asks the table.
@Suite(.enabled(if: PostfixReader.isInstalled, "needs postfix-sqlite"))
struct MapExampleTests {
    private let directory: TemporaryDirectory
    private let database: SQLiteConnection
    private let postfix: PostfixReader

    init() throws {
        directory = try TemporaryDirectory()
        let path = directory.path
        for folder in ["vmail", "postfix"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: false)
        }
        try directory.write("vmail/vmail.db", "")
        try Migrator.fill(.vmail, at: "\(path)/vmail/vmail.db")
        database = try SQLiteConnection("\(path)/vmail/vmail.db", .writer(synchronous: .full))
        let configuration = PostfixConfiguration(
            databases: .files(stateDirectory: path), installDirectory: "\(path)/postfix")
        for map in MapExample.senders {
            try directory.write("postfix/\(configuration.fileName(map))", configuration.text(map))
        }
        postfix = try PostfixReader(configuration: "\(path)/postfix")
    }

    @Test func onlyTheModeratorsMaySend() throws {
        for (domain, isActive, isBackup) in [("open.example", 1, 0), ("shut.example", 0, 0), ("backup.example", 1, 1)] {
            try database.execute(
                "INSERT INTO domain (domain, active, backupmx) VALUES (\(domain), \(isActive), \(isBackup))")
            for (local, isOn) in [("team", 1), ("off", 0)] {
                let address = "\(local)@\(domain)"
                try database.execute(
                    "INSERT INTO alias (address, domain, active) VALUES (\(address), \(domain), \(isOn))")
                for moderator in ["anna@open.example", "bert@open.example"] {
                    try database.execute(
                        """
                        INSERT INTO moderators (address, moderator, domain, dest_domain)
                        VALUES (\(address), \(moderator), \(domain), 'open.example')
                        """)
                }
            }
        }
        for (key, answer) in [
            ("team@open.example", "anna@open.example,bert@open.example"), ("off@open.example", nil),
            ("team@shut.example", nil), ("team@backup.example", nil), ("o'x@open.example", nil),
        ] {
            #expect(try postfix.query(map: "smtpd-sender-login-maps-alias", key: key) == answer, "\(key)")
        }
    }
}
