import Foundation
import Support
import Testing

extension IntegrationTests.MailingListMailTests {
    /// Who may post, whom a post reaches, and who decides about it.
    @Suite struct ListPostTests {
        private static let (anna, bert, carl) = ("anna@far.test", "bert@far.test", "carl@far.test")
        private static let (stranger, moderator) = ("stranger@far.test", "moderator@far.test")

        private let server: MailingListServer

        init() throws { server = try #require(MailingListServer.running) }

        // MARK: Whom it reaches

        @Test func aPostReachesEveryNormalSubscriberOnceAndNobodyElse() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            try list.add("digest@far.test", as: "digest")
            try list.add("silent@far.test", as: "nomail")
            #expect(
                try list.subscribers() == [
                    Self.anna: "normal", Self.bert: "normal", "digest@far.test": "digest", "silent@far.test": "nomail",
                ])
            for author in ["digest@far.test", "silent@far.test"] {
                #expect(try list.post(from: author).recipients == [Self.anna, Self.bert], "\(author)")
            }
            try list.change([("remove_subscribers", Self.bert)])
            #expect(try list.post(from: "silent@far.test").recipients == [Self.anna])
        }

        @Test func aUserOfThisServerGetsPostsAndMayPost() throws {
            let user = "user@\(MailingListServer.domain)"
            try server.system.add(user: user)
            let list = try server.makeList(subscribers: [user, Self.anna])
            #expect(try list.post(from: user).recipients == [Self.anna])
            #expect(try list.post(from: Self.anna).recipients == [user])
        }

        @Test func removingOneOfTwoSimilarAddressesLeavesTheOther() throws {
            let list = try server.makeList(subscribers: [Self.anna, "bo@far.test", "bo@far.testing", "bob@far.test"])
            try list.change([("remove_subscribers", "bo@far.testing")])
            #expect(try list.post(from: Self.anna).recipients == ["bo@far.test", "bob@far.test"])
        }

        @Test func aSubscriberGetsHisOwnPostAsSet() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            try list.change([("disable_send_copy_to_sender", "no")])
            #expect(try list.post(from: Self.anna).recipients == [Self.anna, Self.bert])
            try list.change([("disable_send_copy_to_sender", "yes")])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
        }

        @Test func theListIsReachedInCapitalsAndWithoutBeingNamedInTheMessage() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            let mail = try server.send(from: Self.anna, to: list.address.uppercased())
            #expect(mail.recipients == [Self.bert])
            let unnamed = WrittenMessage(addressee: "others@far.test")
            #expect(try list.post(unnamed, from: Self.anna).recipients == [Self.bert])
        }

        /// A command's address in the message makes no command of a post, nor the list's address a post of a command.
        @Test func whatTheMessageIsForIsSaidByItsEnvelope() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            let post = WrittenMessage(addressee: list.address(of: "unsubscribe"))
            #expect(try list.post(post, from: Self.anna).recipients == [Self.bert])
            let command = WrittenMessage(addressee: list.address)
            let help = try server.send(command, from: Self.anna, to: list.address(of: "help"))
            #expect(help.recipients == [Self.anna])
        }

        @Test func whatAMachineAnswersIsNoPost() throws {
            let list = try server.makeList([("only_subscriber_can_post", "no")], subscribers: [Self.anna])
            #expect(try server.send(from: Self.bert, to: list.address, envelope: "").recipients == [])
            #expect(try list.post(from: Self.bert).recipients == [Self.anna])
        }

        /// mlmmj hands over a hundred at once.
        @Test func aLongListIsServedToItsEnd() throws {
            let readers = (0..<105).map { "reader\($0)@far.test" }
            let list = try server.makeList(subscribers: readers)
            #expect(try list.post(from: readers[60]).recipients == readers.filter { $0 != readers[60] }.sorted())
        }

        @Test func aListCanBeASubscriberOfAnother() throws {
            let inner = try server.makeList([("only_subscriber_can_post", "no")], subscribers: [Self.bert])
            let outer = try server.makeList(subscribers: [Self.anna, Self.carl, inner.address])
            #expect(try outer.post(from: Self.anna).recipients == [Self.bert, Self.carl])
        }

        /// What says that a message could not be delivered comes to an address that the message was sent from.
        @Test func anUndeliverableMessageIsNotedAndReachesNobody() throws {
            let list = try server.makeList([("only_subscriber_can_post", "no")], subscribers: [Self.anna, Self.bert])
            try list.post(from: Self.anna)
            let address = list.address(of: "bounces-1-bert=far.test")
            #expect(try server.send(from: "mailer@far.test", to: address, envelope: "").recipients == [])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "\(list.directory)/bounce").contains(
                    "bert=far.test"))
        }

        @Test func furtherAddressesAreTheListsAsLongAsTheyAreSet() throws {
            let (first, second) = ("first@\(MailingListServer.domain)", "second@\(MailingListServer.domain)")
            let list = try server.makeList([("extra_addresses", first)], subscribers: [Self.anna, Self.bert])
            #expect(try server.send(from: Self.anna, to: first).recipients == [Self.bert])
            #expect(
                try server.send(from: Self.anna, to: "first+help@\(MailingListServer.domain)").recipients == [Self.anna]
            )
            try list.change([("extra_addresses", second)])
            #expect(try server.send(from: Self.anna, to: second).recipients == [Self.bert])
            #expect(throws: Program.Failure.self) { try server.send(from: Self.anna, to: first) }
            try list.change([("extra_addresses", "")])
            #expect(throws: Program.Failure.self) { try server.send(from: Self.anna, to: second) }
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
        }

        @Test func aDisabledListIsRefusedUntilItIsEnabled() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            try list.change([("accountStatus", "disabled")])
            #expect(throws: Program.Failure.self) { try list.post(from: Self.anna) }
            #expect(throws: Program.Failure.self) { try list.command("help", from: Self.anna) }
            try list.change([("accountStatus", "active")])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
        }

        @Test(arguments: [true, false])
        func aDeletedListIsRefusedAndANewOneHasNothingOfIt(isArchiveKept: Bool) throws {
            let list = try server.makeList([("subject_prefix", "[old]")], subscribers: [Self.anna, Self.bert])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            try list.delete(keepingArchive: isArchiveKept)
            #expect(throws: Program.Failure.self) { try list.post(from: Self.anna) }
            #expect(list.putAside.count == (isArchiveKept ? 1 : 0))
            try server.system.client.change(.post, list.path, [("only_subscriber_can_post", "no")])
            #expect(try list.subscribers() == [:])
            try list.add(Self.carl)
            let mail = try list.post(from: Self.anna)
            #expect(mail.recipients == [Self.carl])
            #expect(mail.message(to: Self.carl)?.header("Subject") == "Hello")
        }

        @Test func aListIsReachedThroughAnAliasDomain() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            let path = "/api/domain/\(MailingListServer.domain)"
            try server.system.client.change(.put, path, [("addAliasDomain", "alias.example")])
            #expect(try server.send(from: Self.anna, to: "\(list.name)@alias.example").recipients == [Self.bert])
            #expect(try server.send(from: Self.anna, to: "\(list.name)+help@alias.example").recipients == [Self.anna])
            try server.system.client.change(.put, path, [("removeAliasDomain", "alias.example")])
            let mail = try? server.send(from: Self.anna, to: "\(list.name)@alias.example")
            #expect(mail?.recipients.contains(Self.bert) != true)
        }

        @Test func aNewDomainHasNothingOfTheListsOfADeletedOne() throws {
            let domain = "short.example"
            try server.add(domain: domain)
            let list = try server.makeList(subscribers: [Self.anna, Self.bert], in: domain)
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            // Nothing is posted between: Postfix would remember for a while that the domain is somebody else's.
            try server.system.client.change(.delete, "/api/domain/\(domain)")
            try server.add(domain: domain)
            #expect(throws: Program.Failure.self) { try list.post(from: Self.anna) }
            try server.system.client.change(.post, list.path, [("only_subscriber_can_post", "no")])
            #expect(try list.subscribers() == [:])
            #expect(try list.post(from: Self.anna).recipients == [])
        }

        @Test func aUserStaysOnTheListsUnderHisNewNameAndLeavesThemWhenHeGoes() throws {
            let (old, new) = ("old@\(MailingListServer.domain)", "new@\(MailingListServer.domain)")
            try server.system.add(user: old)
            let list = try server.makeList(
                [("owner", "\(old),owner@far.test"), ("moderators", "\(old),\(Self.moderator)")],
                subscribers: [Self.anna, old])
            try server.system.client.change(.post, "/api/user/\(old)/change_email/\(new)")
            #expect(try list.subscribers() == [Self.anna: "normal", new: "normal"])
            #expect(try list.post(from: Self.anna).recipients == [new])
            #expect(try list.post(from: new).recipients == [Self.anna])
            #expect(try list.command("owner", from: Self.anna).recipients == [new, "owner@far.test"])
            try list.change([("moderated", "yes")])
            #expect(try list.post(from: Self.anna).recipients == [Self.moderator, new])

            try server.system.client.change(.delete, "/api/user/\(new)")
            #expect(try list.subscribers() == [Self.anna: "normal"])
            #expect(try list.command("owner", from: Self.anna).recipients == ["owner@far.test"])
            #expect(try list.post(from: Self.anna).recipients == [Self.moderator])
        }

        @Test func mailGoesItsWayWithoutTheHelper() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            try server.withoutHelper {
                #expect(try list.post(from: Self.anna).recipients == [Self.bert])
                let answer = try server.system.client.send(.put, list.path, [("add_subscribers", Self.carl)])
                #expect(answer.word == "MAILING_LISTS_UNAVAILABLE")
            }
            try list.add(Self.carl)
            #expect(try list.post(from: Self.anna).recipients == [Self.bert, Self.carl])
        }

        // MARK: Who may

        @Test func aStrangerIsRefusedUnlessEverybodyMayPost() throws {
            let list = try server.makeList(subscribers: [Self.anna])
            for (value, recipients) in [
                (nil, [Self.stranger]), ("no", [Self.anna]), ("yes", [Self.stranger]),
            ] {
                if let value { try list.change([("only_subscriber_can_post", value)]) }
                #expect(try list.post(from: Self.stranger).recipients == recipients, "\(value ?? "not set")")
            }
            let refused = try list.post(WrittenMessage(subject: "Let me in"), from: Self.stranger)
            #expect(try #require(refused.message(to: Self.stranger)).text.contains("Let me in"))
        }

        @Test func onlyModeratorsPostAsLongAsThatIsSet() throws {
            let list = try server.makeList(
                [("only_moderator_can_post", "yes"), ("moderators", Self.moderator)],
                subscribers: [Self.anna, Self.bert])
            #expect(try list.post(from: Self.anna).recipients == [Self.anna])
            #expect(try list.post(from: Self.moderator).recipients == [Self.anna, Self.bert])
            try list.change([("moderators", Self.carl)])
            #expect(try list.post(from: Self.moderator).recipients == [Self.moderator])
            #expect(try list.post(from: Self.carl).recipients == [Self.anna, Self.bert])
            try list.change([("only_moderator_can_post", "no")])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            #expect(try list.post(from: Self.stranger).recipients == [Self.stranger])
        }

        /// Policy; whether these may: a subscriber, the moderator, a user of the domain, one below it, a stranger.
        @Test(arguments: [
            ("public", [true, true, true, true, true]), ("membersonly", [true, false, false, false, false]),
            ("moderatorsonly", [false, true, false, false, false]), ("domain", [false, false, true, false, false]),
            ("subdomain", [false, false, true, true, false]),
            ("membersandmoderatorsonly", [true, true, false, false, false]),
        ])
        func theAccessPolicySaysWhoMayPost(_ policy: String, _ expected: [Bool]) throws {
            let authors = [
                Self.anna, Self.moderator, "somebody@\(MailingListServer.domain)",
                "somebody@below.\(MailingListServer.domain)", Self.stranger,
            ]
            let list = try server.makeList(
                [("moderators", Self.moderator)], subscribers: [Self.anna, "reader@far.test"])
            try list.change([("accessPolicy", policy)])
            for (author, isAllowed) in zip(authors, expected) {
                let readers = try list.post(from: author).recipients.filter { $0 == "reader@far.test" }
                #expect(readers.isEmpty != isAllowed, "\(author)")
            }
            try list.change([("accessPolicy", "public")])
            #expect(try list.post(from: Self.stranger).recipients == [Self.anna, "reader@far.test"])
        }

        /// Names, comments and other headers that hold an address of the domain make nobody one of its users.
        @Test func nobodyGetsPastTheDomainsPolicyByAName() throws {
            let user = "somebody@\(MailingListServer.domain)"
            let list = try server.makeList([("accessPolicy", "domain")], subscribers: [Self.anna])
            for from in [
                "\"\(user)\" <\(Self.stranger)>", "\(Self.stranger) (\(user))", "\"<\(user)>\" <\(Self.stranger)>",
                "\(Self.stranger)\nSender: \(user)", "\(Self.stranger)\nX-Original-From: \(user)",
                "<somebody@\(MailingListServer.domain).far.test>", "<somebody@not\(MailingListServer.domain)>",
            ] {
                let text = WrittenMessage().text(from: Self.stranger, to: list.address)
                    .replacing("From: <\(Self.stranger)>", with: "From: \(from)")
                try server.postfix.send(text, from: Self.stranger, to: [list.address])
                #expect(try !server.settle().recipients.contains(Self.anna), "\(from)")
            }
            for from in ["Some Body <\(user)>", user, "\"Body, Some\" <\(user)>", "<\(user.uppercased())>"] {
                let text = WrittenMessage().text(from: Self.stranger, to: list.address)
                    .replacing("From: <\(Self.stranger)>", with: "From: \(from)")
                try server.postfix.send(text, from: Self.stranger, to: [list.address])
                #expect(try server.settle().recipients == [Self.anna], "\(from)")
            }
        }

        /// mlmmj 1.5 believes that header.
        @Test func nobodyBecomesASubscriberByAHeader() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            let forged = WrittenMessage(headers: [("X-Original-From", Self.anna)])
            #expect(try !list.post(forged, from: Self.stranger).recipients.contains(Self.bert))
        }

        @Test func aPostThatIsTooLargeIsRefused() throws {
            let list = try server.makeList([("max_message_size", "4000")], subscribers: [Self.anna, Self.bert])
            let large = WrittenMessage(body: .plain(String(repeating: "Good day.\n", count: 500)))
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            #expect(try list.post(large, from: Self.anna).recipients == [Self.anna])
            for value in ["100000", "0"] {
                try list.change([("max_message_size", value)])
                #expect(try list.post(large, from: Self.anna).recipients == [Self.bert], "\(value)")
            }
        }

        // MARK: Moderation

        @Test func aModeratedPostWaitsForAModeratorsAnswer() throws {
            let list = try server.makeList(
                [("moderated", "yes"), ("moderators", "\(Self.moderator),\(Self.carl)")],
                subscribers: [Self.anna, Self.bert])
            let asked = try list.post(WrittenMessage(subject: "Please"), from: Self.anna)
            #expect(asked.recipients == [Self.carl, Self.moderator])
            let question = try #require(asked.message(to: Self.moderator))
            let released = try server.reply(to: question, from: Self.moderator)
            #expect(released.recipients == [Self.bert])
            #expect(released.message(to: Self.bert)?.header("Subject") == "Please")
            #expect(try server.reply(to: question, from: Self.carl).recipients == [], "released a second time")

            try list.change([("moderated", "no")])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            try list.change([("moderated", "yes")])
            #expect(try list.post(from: Self.anna).recipients == [Self.carl, Self.moderator])
        }

        @Test func aModeratedPostIsRejectedByAnAnswerToTheOtherAddress() throws {
            let list = try server.makeList(
                [("moderated", "yes"), ("moderators", Self.moderator)], subscribers: [Self.anna, Self.bert])
            let question = try #require(try list.post(from: Self.anna).message(to: Self.moderator))
            let release = try #require(question.headers("Reply-To").first)
            let reject = release.replacing("+release-", with: "+reject-")
            #expect(reject != release)
            #expect(try server.send(from: Self.moderator, to: reject).recipients == [])
            #expect(try server.reply(to: question, from: Self.moderator).recipients == [])
        }

        @Test func withoutModeratorsTheOwnersDecide() throws {
            let list = try server.makeList(
                [("moderated", "yes"), ("owner", "owner@far.test")], subscribers: [Self.anna, Self.bert])
            #expect(try list.post(from: Self.anna).recipients == ["owner@far.test"])
            try list.change([("moderators", Self.moderator)])
            #expect(try list.post(from: Self.anna).recipients == [Self.moderator])
            try list.change([("moderators", "")])
            let question = try #require(try list.post(from: Self.anna).message(to: "owner@far.test"))
            #expect(try server.reply(to: question, from: "owner@far.test").recipients == [Self.bert])
        }

        @Test func aStrangersPostWaitsInsteadOfBeingRefused() throws {
            let list = try server.makeList(
                [("moderate_non_subscriber_post", "yes"), ("moderators", Self.moderator)], subscribers: [Self.anna])
            let question = try #require(try list.post(from: Self.stranger).message(to: Self.moderator))
            #expect(try server.reply(to: question, from: Self.moderator).recipients == [Self.anna])
            try list.change([("moderate_non_subscriber_post", "no")])
            #expect(try list.post(from: Self.stranger).recipients == [Self.stranger])
        }

        @Test(arguments: ["moderatorsonly", "domain", "membersandmoderatorsonly"])
        func whoeverMayNotPostWaitsUnderEveryPolicy(_ policy: String) throws {
            let list = try server.makeList(
                [("moderate_non_subscriber_post", "yes"), ("moderators", Self.moderator), ("accessPolicy", policy)],
                subscribers: [Self.anna])
            let question = try #require(try list.post(from: Self.stranger).message(to: Self.moderator))
            #expect(try server.reply(to: question, from: Self.moderator).recipients == [Self.anna])
        }

        @Test func theSenderIsToldThatHisPostWaitsAsSet() throws {
            let list = try server.makeList(
                [("moderated", "yes"), ("moderators", Self.moderator), ("notify_sender_when_moderated", "yes")],
                subscribers: [Self.anna, Self.bert])
            #expect(try list.post(from: Self.anna).recipients == [Self.anna, Self.moderator])
            try list.change([("notify_sender_when_moderated", "no")])
            #expect(try list.post(from: Self.anna).recipients == [Self.moderator])
        }

        @Test func aReleasedPostIsNotSentToItsWriterAsSet() throws {
            let list = try server.makeList(
                [("moderated", "yes"), ("moderators", Self.moderator), ("disable_send_copy_to_sender", "no")],
                subscribers: [Self.anna, Self.bert])
            for (value, recipients) in [(nil, [Self.anna, Self.bert]), ("yes", [Self.bert])] {
                if let value { try list.change([("disable_send_copy_to_sender", value)]) }
                let question = try #require(try list.post(from: Self.anna).message(to: Self.moderator))
                #expect(try server.reply(to: question, from: Self.moderator).recipients == recipients)
            }
        }
    }
}
