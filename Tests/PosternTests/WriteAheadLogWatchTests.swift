import Foundation
import MailStore
import Testing

@testable import postern

/// The alarm when somebody who reads a database keeps its log from being written back: `Security.md` F5, G16.
struct WriteAheadLogWatchTests {
    private let state: String

    init() throws {
        state = "/tmp/postern-test-\(UInt64.random(in: 0...(.max)))"
        for file in StoreFile.allCases {
            try FileManager.default.createDirectory(
                atPath: "\(state)/\(file.directory)", withIntermediateDirectories: true)
        }
    }

    /// A file of that size with nothing in it.
    private func grow(_ file: StoreFile, to bytes: Int) {
        let path = "\(state)/\(file.relativePath)-wal"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        truncate(path, bytes)
    }

    @Test func tellsOnceThatALogHasGrownAndOnceThatItHasShrunk() throws {
        defer { try? FileManager.default.removeItem(atPath: state) }  // what is left lies in /tmp
        var watch = WriteAheadLogWatch(try StateDirectory(Arguments(["--state", state], for: Check.self)))
        #expect(watch.look() == [], "a missing file is small")
        grow(.vmail, to: 67_108_864)
        #expect(watch.look() == [])
        grow(.vmail, to: 73_400_320)
        let line =
            "\(state)/vmail/vmail.db-wal has grown to 70 MB: a program that reads this database keeps it from "
            + "being written back; see which one with: fuser -v \(state)/vmail/vmail.db"
        #expect(watch.look() == [line])
        #expect(watch.look() == [])
        grow(.iredapd, to: 80_000_000)
        #expect(watch.look().count == 1)
        grow(.vmail, to: 67_108_864)
        #expect(watch.look() == ["\(state)/vmail/vmail.db-wal is below 64 MB again"])
        #expect(watch.look() == [])
    }
}
