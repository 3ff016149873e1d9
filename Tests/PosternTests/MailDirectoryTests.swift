import Foundation
import Glibc
import Testing

@testable import postern

/// What the purge may remove, and what never.
struct MailDirectoryTests {
    private let base: String

    init() throws {
        base = FileManager.default.temporaryDirectory.appending(path: "postern-mail-\(UUID())").path
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
    }

    private func make(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(base)/\(path)/Maildir/cur", withIntermediateDirectories: true)
        try Data("mail".utf8).write(to: URL(fileURLWithPath: "\(base)/\(path)/Maildir/cur/1"))
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(base)/\(path)") }

    @Test func removesTheTreeAndNothingBesideIt() throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        try make("example.com/jo")
        try make("example.com/joe")
        try MailDirectory("\(base)/example.com/jo/", below: base).remove()
        #expect(!exists("example.com/jo"))
        #expect(exists("example.com/joe/Maildir/cur/1"))
    }

    @Test func aDirectoryThatIsGoneCountsAsRemoved() throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        try MailDirectory("\(base)/example.com/jo/", below: base).remove()
    }

    @Test(arguments: ["", "/", "/../etc", "/a/../../etc", "x/a"])
    func refusesWhatIsNotBelowTheBase(_ suffix: String) {
        defer { try? FileManager.default.removeItem(atPath: base) }
        #expect(throws: MailDirectory.Refusal.self) { try MailDirectory(base + suffix, below: base) }
    }

    @Test func neverGoesThroughASymbolicLink() throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        try make("elsewhere/victim")
        try make("example.com/jo")
        let link = FileManager.default
        try link.createSymbolicLink(atPath: "\(base)/linked", withDestinationPath: "\(base)/elsewhere")
        try link.createSymbolicLink(atPath: "\(base)/example.com/jo/in", withDestinationPath: "\(base)/elsewhere")
        #expect(throws: MailDirectory.Refusal.self) {
            try MailDirectory("\(base)/linked/victim/", below: base).remove()
        }
        #expect(throws: MailDirectory.Refusal.self) { try MailDirectory("\(base)/linked", below: base).remove() }
        // A link among the messages is removed as the link it is.
        try MailDirectory("\(base)/example.com/jo", below: base).remove()
        #expect(!exists("example.com/jo"))
        #expect(exists("elsewhere/victim/Maildir/cur/1"))
    }

    /// Who delivers the mail may write above the storage.
    @Test func aBaseThatOthersMayHaveMadeALinkIsNotEntered() throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        try make("elsewhere/example.com/jo")
        try FileManager.default.createDirectory(atPath: "\(base)/mail", withIntermediateDirectories: false)
        let node = "\(base)/mail/node"
        try FileManager.default.createSymbolicLink(atPath: node, withDestinationPath: "\(base)/elsewhere")
        chmod("\(base)/mail", 0o775)
        let directory = try MailDirectory("\(node)/example.com/jo", below: node)
        let refusal = try #require(throws: MailDirectory.Refusal.self) { try directory.remove() }
        #expect(refusal.description.hasPrefix("cannot open \(node): "))
        #expect(exists("elsewhere/example.com/jo/Maildir/cur/1"))
        // The administrator's own link to a larger disk.
        chmod("\(base)/mail", 0o755)
        try directory.remove()
        #expect(!exists("elsewhere/example.com/jo"))
    }
}
