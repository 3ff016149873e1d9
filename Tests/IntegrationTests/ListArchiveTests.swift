import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests.MailingListMailTests {
    /// Old posts, digests, and what mlmmj does when its mail cannot be handed over.
    @Suite struct ListArchiveTests {
        private static let (anna, bert, stranger) = ("anna@far.test", "bert@far.test", "stranger@far.test")

        private let server: MailingListServer

        init() throws { server = try #require(MailingListServer.running) }

        private func subject(_ mail: DeliveredMail, to reader: String) -> String? {
            mail.message(to: reader)?.header("Subject")
        }

        @Test func oldPostsAreGivenToWhoMayHaveThem() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            for number in 1...2 { try list.post(WrittenMessage(subject: "Post \(number)"), from: Self.anna) }
            #expect(subject(try list.command("get-2", from: Self.bert), to: Self.bert) == "Post 2")
            #expect(try list.command("get-1", from: Self.stranger).recipients == [])

            try list.change([("only_subscriber_can_get_old_posts", "no")])
            #expect(subject(try list.command("get-1", from: Self.stranger), to: Self.stranger) == "Post 1")
            try list.change([("disable_retrieving_old_posts", "yes")])
            #expect(try list.command("get-1", from: Self.bert).recipients == [])
            try list.change([("disable_retrieving_old_posts", "no"), ("only_subscriber_can_get_old_posts", "yes")])
            #expect(subject(try list.command("get-1", from: Self.bert), to: Self.bert) == "Post 1")
            #expect(try list.command("get-1", from: Self.stranger).recipients == [])
        }

        @Test func postsAreKeptAsSet() throws {
            let list = try server.makeList([("disable_archive", "yes")], subscribers: [Self.anna, Self.bert])
            #expect(try list.post(WrittenMessage(subject: "Post 1"), from: Self.anna).recipients == [Self.bert])
            try list.change([("disable_archive", "no")])
            try list.post(WrittenMessage(subject: "Post 2"), from: Self.anna)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(list.directory)/archive") == ["2"])
            #expect(subject(try list.command("get-2", from: Self.bert), to: Self.bert) == "Post 2")
            #expect(subject(try list.command("get-1", from: Self.bert), to: Self.bert) != "Post 1")
        }

        @Test func digestsComeFromTheTimerAndHaveAListOfContentsAsSet() throws {
            let list = try server.makeList(subscribers: [Self.anna])
            try list.add("digest@far.test", as: "digest")
            for number in 1...2 { try list.post(WrittenMessage(subject: "Post \(number)"), from: Self.anna) }
            let mail = try server.maintain(list)
            let digest = try #require(mail.message(to: "digest@far.test"))
            #expect(digest.text.contains("Content-Type: multipart/digest"))
            #expect(digest.text.contains("Subject: Post 1") && digest.text.contains("Subject: Post 2"))
            #expect(digest.text.contains("Content-Type: text/plain; charset=utf-8"))
            #expect(!mail.recipients.contains(Self.anna))

            // The next one would come in a week.
            try list.post(WrittenMessage(subject: "Post 3"), from: Self.anna)
            #expect(try server.maintain(list).recipients == [])

            let bare = try server.makeList([("disable_digest_text", "yes")], subscribers: [Self.anna])
            try bare.add("digest@far.test", as: "digest")
            try bare.post(WrittenMessage(body: .html("<p>Good day.</p>\n")), from: Self.anna)
            let plain = try #require(try server.maintain(bare).message(to: "digest@far.test"))
            #expect(plain.text.contains("Subject: Hello"))
            #expect(!plain.text.contains("Content-Type: text/plain; charset=utf-8"))
        }

        @Test func aListThatKeepsNothingSendsNoDigests() throws {
            let list = try server.makeList([("disable_archive", "yes")], subscribers: [Self.anna])
            try list.add("digest@far.test", as: "digest")
            try list.post(from: Self.anna)
            #expect(try server.maintain(list).recipients == [])
        }

        /// What was put aside, and what is no list, is left alone by the timer, which is no failure.
        @Test func theTimerSeesToListsOnly() throws {
            let list = try server.makeList(subscribers: [Self.anna])
            try list.add("digest@far.test", as: "digest")
            try list.post(from: Self.anna)
            try list.delete()
            let odd = "\(server.spool)/\(MailingListServer.domain)/no-list"
            try FileManager.default.createDirectory(atPath: odd, withIntermediateDirectories: false)
            defer { rmdir(odd) }
            chown(odd, Accounts.lists.user, Accounts.lists.group)
            #expect(try server.maintain(list).recipients == [])
        }

        @Test func aPostIsNotLostWhileTheServerTakesNoMail() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert, "bill@far.test"])
            let file = "\(list.directory)/control/smtpport"
            let port = try String(contentsOfFile: file, encoding: .utf8)
            // In place: the file stays mlmmj's.
            func write(_ text: String) throws { try text.write(toFile: file, atomically: false, encoding: .utf8) }
            try write("\(try Loopback.freePort())\n")
            let text = WrittenMessage(subject: "Not lost").text(from: Self.anna, to: list.address)
            let number = try server.postfix.send(text, from: Self.anna, to: [list.address])
            try server.postfix.awaitAttempt(number)
            try write(port)
            try server.postfix.flush()
            _ = try PosternProgram.run(["lists", "maintain", "--spool", server.spool], as: Accounts.lists)
            #expect(try server.settle().recipients == [Self.bert, "bill@far.test"])
        }
    }
}
