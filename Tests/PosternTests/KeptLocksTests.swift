import Foundation
import Glibc
import MailStore
import Support
import Testing

@testable import postern

/// What root opens and closes among the files of a state takes no lock from SQLite, which has them open in the same
/// process: POSIX would drop them all.
@Suite(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs the sqlite3 shell"))
struct KeptLocksTests {
    private let directory: TemporaryDirectory
    private let state: StateDirectory

    /// A state that belongs to `daemon`, whom every Debian has.
    init() throws {
        directory = try TemporaryDirectory()
        chmod(directory.path, 0o755)
        let path = "\(directory.path)/state"
        state = try StateDirectory(Arguments(["--state", path], for: Check.self))
        for file in StoreFile.allCases {
            try FileManager.default.createDirectory(
                atPath: state.directoryPath(of: file), withIntermediateDirectories: true)
            try "".write(toFile: state.path(of: file), atomically: false, encoding: .utf8)
            try Migrator.fill(file, at: state.path(of: file))
        }
        let result = try Program.run("/usr/bin/chown", ["-R", "daemon:daemon", path])
        try #require(result.status == 0)
    }

    /// Whether the log of a database cannot be begun anew, because somebody still reads an old view of it.
    private func isHeld(_ file: StoreFile) throws -> Bool {
        let result = try Program.run(
            "/usr/bin/sqlite3", [state.path(of: file)],
            input: "CREATE TABLE t (x); DROP TABLE t; PRAGMA wal_checkpoint(TRUNCATE);\n")
        try #require(result.status == 0 && result.errorOutput == "", "\(result.errorOutput)")
        return result.output.hasPrefix("1|")
    }

    @Test(arguments: StoreFile.allCases)
    func aSnapshotTakenAsRootIsHeld(_ file: StoreFile) throws {
        let snapshot = try state.asService { try StateSnapshot(directory: state.path) }
        #expect(try isHeld(file))
        try state.setOwnerAndMode(of: file)
        #expect(try isHeld(file))
        withExtendedLifetime(snapshot) {}
    }
}
