import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `postern purge` removes what is due and nothing else.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"), .onEachEngine, .namingTheEngine)
    struct PurgeTests {
        private static let yesterday = MailStorage.day(-1)
        private let storage: MailStorage

        init() throws { storage = try MailStorage() }

        @Test(arguments: [false, true])
        func onlyWhatIsDueIsRemoved(_ isServed: Bool) throws {
            try storage.server.bring(isServed)
            for (name, date) in [
                ("past", Self.yesterday), ("today", MailStorage.day(0)), ("later", MailStorage.day(2)),
                ("ever", "NULL"),
            ] {
                try storage.makeMailbox("open.example/\(name)")
                try storage.keep("open.example/\(name)/", until: date, of: "\(name)@open.example")
            }
            try storage.makeMailbox("open.example/past-neighbour")
            let result = try storage.purge()
            #expect(result.status == 0)
            let base = storage.base
            #expect(
                result.errorOutput == """
                    postern: purged \(base)/open.example/past/ of past@open.example
                    postern: purged \(base)/open.example/today/ of today@open.example

                    """)
            #expect(!storage.exists("open.example/past") && !storage.exists("open.example/today"))
            for name in ["later", "ever", "past-neighbour"] {
                #expect(storage.exists("open.example/\(name)/Maildir/cur/1"))
            }
            #expect(try storage.kept() == ["open.example/later/", "open.example/ever/"])
            #expect(try storage.purge().output == "Nothing is due.\n")
        }

        @Test(arguments: [false, true])
        func aDryRunListsAndChangesNothing(_ isServed: Bool) throws {
            try storage.server.bring(isServed)
            let path = try storage.makeMailbox("open.example/past")
            try storage.keep(path, until: "'2026-01-31'", of: "past@open.example")
            try storage.keep("open.example/ever", until: "NULL")
            let result = try storage.purge(["--dry-run"])
            #expect(result.status == 0 && result.errorOutput == "")
            #expect(result.output == "2026-01-31\tpast@open.example\t\(path)\n")
            #expect(storage.exists("open.example/past/Maildir/cur/1"))
            #expect(try storage.kept() == ["open.example/past", "open.example/ever"])
        }

        @Test(arguments: [false, true])
        func aDeletedUsersMailGoesWhenItsDateHasCome(_ isServed: Bool) throws {
            let server = storage.server
            try server.addUser("anna", in: "open.example")
            let columns = "storagebasedirectory || '/' || storagenode || '/' || maildir"
            let home = String(try server.postern.sql("SELECT \(columns) FROM mailbox;").dropLast())
            try storage.makeMailbox(home)
            let cookie = try server.logIn(RunningPostern.admin, RunningPostern.password)
            let deleted = try server.answer("DELETE", "/api/user/anna@open.example/keep_mailbox_days/7", cookie: cookie)
            #expect(deleted.contains(#"{"_success": true}"#))
            try server.bring(isServed)
            #expect(try storage.purge().output == "Nothing is due.\n")
            #expect(storage.exists(home))
            try server.postern.sql("UPDATE deleted_mailboxes SET delete_date = \(MailStorage.day(0));")
            #expect(try storage.purge().status == 0)
            #expect(!storage.exists(home))
            #expect(try storage.kept() == [])
        }

        @Test(arguments: [false, true])
        func whatAMailboxStillUsesStays(_ isServed: Bool) throws {
            try storage.server.addUser("anna", in: "open.example")
            try storage.server.bring(isServed)
            let parts = storage.base.split(separator: "/")
            let parent = "/" + parts.dropLast().joined(separator: "/")
            try storage.server.postern.sql(
                """
                UPDATE mailbox
                   SET storagebasedirectory = '\(parent)', storagenode = 'node', maildir = 'open.example/anna/';
                """)
            try storage.makeMailbox("open.example/anna")
            try storage.makeMailbox("open.example/ann")
            let used = [
                "open.example/anna", "open.example/anna/", "open.example", "open.example/anna/Maildir",
                "open.example//anna/", "open.example/anna//",
            ]
            for path in used + ["open.example/ann/"] { try storage.keep(path, until: Self.yesterday) }
            let result = try storage.purge()
            #expect(result.status == 1)
            #expect(
                result.errorOutput.contains("not purged: \(storage.base)/open.example/anna: a mailbox still uses it\n"))
            #expect(result.errorOutput.hasSuffix("postern: purge: 6 of 7 not purged\n"))
            #expect(storage.exists("open.example/anna/Maildir/cur/1"))
            #expect(!storage.exists("open.example/ann"))
            #expect(try storage.kept() == used)
        }

        @Test(.onFilesOnly) func whatLiesOutsideTheStorageStays() throws {
            let outside = try storage.makeMailbox("\(storage.server.postern.mail)/other/open.example/jo")
            let sibling = try storage.makeMailbox("\(storage.base)-2/open.example/jo")
            let rows = [
                outside, sibling, storage.base, "\(storage.base)/", "\(storage.base)/../other/open.example/jo",
                "\(storage.base)/./../node-2/open.example/jo", "/", "other/open.example/jo/../../../..",
            ]
            for path in rows { try storage.keep(path, until: Self.yesterday) }
            try storage.makeMailbox("open.example/jo")
            for options in [["--dry-run"], []] {
                let result = try storage.purge(options)
                #expect(result.status == 1 && result.output == "")
                #expect(result.errorOutput.split(separator: "\n").count == rows.count + 1)
                #expect(result.errorOutput.contains("not purged: \(outside): it is not below \(storage.base)\n"))
            }
            for path in [outside, sibling, "open.example/jo"] { #expect(storage.exists("\(path)/Maildir/cur/1")) }
            #expect(try storage.kept().count == rows.count)
        }

        @Test(.onFilesOnly) func symbolicLinksAreNotFollowed() throws {
            let outside = try storage.makeMailbox("\(storage.server.postern.mail)/elsewhere/victim")
            try storage.makeMailbox("open.example/jo")
            for link in ["linked", "open.example/victim", "open.example/jo/Maildir/in"] {
                let target = link == "linked" ? "\(storage.server.postern.mail)/elsewhere" : outside
                try #require(symlink(target, "\(storage.base)/\(link)") == 0)
            }
            for path in ["linked/victim", "open.example/victim", "open.example/victim/", "open.example/jo"] {
                try storage.keep(path, until: Self.yesterday)
            }
            let result = try storage.purge()
            #expect(result.status == 1)
            #expect(result.errorOutput.contains("3 of 4 not purged"))
            #expect(storage.exists("\(outside)/Maildir/cur/1"))
            #expect(storage.exists("linked") && storage.exists("open.example/victim"), "the links stay too")
            #expect(!storage.exists("open.example/jo"), "but a link among the messages is no reason to keep them")
            #expect(try storage.kept() == ["linked/victim", "open.example/victim", "open.example/victim/"])
        }

        @Test func aDirectoryThatIsGoneLosesItsRow() throws {
            try storage.keep("open.example/never/was", until: Self.yesterday)
            #expect(try storage.purge().status == 0)
            #expect(try storage.kept() == [])
        }

        @Test(.onFilesOnly) func theRowStaysAsLongAsItsDirectory() throws {
            let path = try storage.makeMailbox("open.example/held")
            try storage.makeMailbox("open.example/free")
            for name in ["held", "free"] { try storage.keep("open.example/\(name)", until: Self.yesterday) }
            // As a user who may not write the mail storage, but the state.
            chmod("\(storage.base)/open.example/free/Maildir/cur", 0o777)
            let result = try storage.server.tool(["purge"], as: Accounts.service)
            #expect(result.status == 1)
            #expect(result.errorOutput.contains("not purged: \(path): "))
            #expect(try storage.kept() == ["open.example/held", "open.example/free"])
            #expect(storage.exists("open.example/held/Maildir/cur/1"))
            // The rest of what was begun is done by the next run.
            #expect(try storage.purge().status == 0)
            #expect(try storage.kept() == [])
        }

        @Test(.onFilesOnly) func aStorageThatIsNotMountedKeepsItsRows() throws {
            try storage.keep("open.example/jo", until: Self.yesterday)
            try FileManager.default.removeItem(atPath: storage.base)
            let result = try storage.purge()
            #expect(result.status == 1)
            #expect(result.errorOutput.contains("cannot open \(storage.base): No such file or directory"))
            #expect(try storage.kept() == ["open.example/jo"])
        }
    }
}
