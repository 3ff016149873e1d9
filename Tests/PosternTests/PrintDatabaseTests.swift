import Foundation
import Support
import Testing

@testable import postern

/// `print-config --database`: the files for a PostgreSQL server.
struct PrintDatabaseTests {
    private func print(_ words: [String]) throws -> [String] {
        let directory = try TemporaryDirectory()
        try PrintConfig.run(try Arguments(words + ["--output", directory.path], for: PrintConfig.self))
        return try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    @Test func namesTheFilesAfterTheEngine() throws {
        let connection = ["--database", "postgresql://db.example"]
        let names = try print(["postfix"] + connection)
        #expect(names.count == 18 && names.filter { $0.hasPrefix("pgsql-") && $0.hasSuffix(".cf") }.count == 16)
        #expect(try print(["amavisd"] + connection) == ["50-postern"])
        #expect(try print(["dovecot", "--dovecot", "2.4"] + connection) == ["postern.conf"])
    }

    @Test(
        arguments: [
            (["nginx", "--database", "host=h"], "--database is for postfix, dovecot, amavisd, systemd"),
            (["postfix", "--database", "host=h port=x"], "--database: x is no port; the usual one is 5432"),
        ])
    func refuses(_ words: [String], _ reason: String) {
        do {
            _ = try print(words)
            #expect(Bool(false), "it was printed")
        } catch {
            #expect((error as? UsageError)?.reason == reason)
        }
    }
}
