import Support
import Testing

extension IntegrationTests {
    /// Rows of other programs may write a mailbox' path otherwise than we do; Dovecot finds the directory all the same.
    struct PurgeOtherSpellingTests {
        private let storage: MailStorage

        init() throws { storage = try MailStorage() }

        @Test(arguments: [
            "open.example/Anna/", "open.example/anna", "/open.example//anna/", "open.example/anna/deeper/",
        ])
        func whatAMailboxStillUsesStays(_ maildir: String) throws {
            try storage.server.addUser("anna", in: "open.example")
            let parent = storage.base.dropLast("/node".utf8.count)
            try storage.server.postern.sql(
                "UPDATE mailbox SET storagebasedirectory = '\(parent)', storagenode = 'node', maildir = '\(maildir)';")
            try storage.makeMailbox("open.example/anna")
            try storage.makeMailbox("open.example/ann")
            for path in ["open.example/anna", "open.example/anna/", "open.example", "open.example/ann/"] {
                try storage.keep(path, until: MailStorage.day(-1))
            }
            let result = try storage.purge()
            #expect(result.status == 1 && result.errorOutput.hasSuffix("postern: purge: 3 of 4 not purged\n"))
            #expect(storage.exists("open.example/anna/Maildir/cur/1") && !storage.exists("open.example/ann"))
            #expect(try storage.kept() == ["open.example/anna", "open.example/anna/", "open.example"])
        }
    }
}
