import Foundation
import Support
import Testing

extension IntegrationTests.MailingListMailTests {
    /// Subscribing and unsubscribing, by mail and by the API, and the other commands a list takes by mail.
    @Suite struct ListSubscriptionTests {
        private static let (anna, bert, owner) = ("anna@far.test", "bert@far.test", "owner@far.test")
        private static let carl = "carl@far.test"

        private let server: MailingListServer

        init() throws { server = try #require(MailingListServer.running) }

        /// Sends a command and answers the question it leads to; the mail that comes then.
        @discardableResult
        private func confirm(_ command: String, _ list: MailingList, from author: String) throws -> DeliveredMail {
            let question = try #require(try list.command(command, from: author).message(to: author.lowercased()))
            return try server.reply(to: question, from: author)
        }

        // MARK: By mail

        @Test func whoSubscribesByMailIsASubscriberAfterHisAnswer() throws {
            let list = try server.makeList(subscribers: [Self.anna])
            let question = try #require(try list.command("subscribe", from: Self.bert).message(to: Self.bert))
            #expect(try list.subscribers() == [Self.anna: "normal"])
            #expect(try server.reply(to: question, from: Self.bert).recipients == [Self.bert], "the welcome")
            #expect(try list.subscribers() == [Self.anna: "normal", Self.bert: "normal"])
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
            #expect(try list.post(from: Self.bert).recipients == [Self.anna])
        }

        @Test func whoUnsubscribesByMailIsNoSubscriberAfterHisAnswer() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            let question = try #require(try list.command("unsubscribe", from: Self.bert).message(to: Self.bert))
            #expect(try list.subscribers().count == 2)
            try server.reply(to: question, from: Self.bert)
            #expect(try list.subscribers() == [Self.anna: "normal"])
            #expect(try list.post(from: Self.anna).recipients == [])
        }

        @Test func eachKindIsSubscribedToByMail() throws {
            let list = try server.makeList()
            for kind in ["digest", "nomail"] {
                try confirm("subscribe-\(kind)", list, from: "\(kind)@far.test")
            }
            #expect(try list.subscribers() == ["digest@far.test": "digest", "nomail@far.test": "nomail"])
        }

        /// mlmmj can give somebody both posts and digests; the API shows and removes him as one.
        @Test func whoSubscribesToBothIsOneSubscriber() throws {
            let list = try server.makeList()
            try confirm("subscribe-both", list, from: Self.anna)
            #expect(try list.subscribers() == [Self.anna: "normal"])
            #expect(try list.post(from: Self.anna).recipients == [])
            #expect(try server.maintain(list).recipients == [Self.anna])
            try list.change([("remove_subscribers", Self.anna)])
            #expect(try list.subscribers() == [:])
            #expect(try list.post(from: Self.anna).recipients == [Self.anna], "refused")
        }

        @Test func capitalsMakeNobodyAnother() throws {
            let list = try server.makeList()
            try confirm("subscribe", list, from: "Anna@Far.Test")
            #expect(try list.subscribers() == [Self.anna: "normal"])
            try list.add("BERT@far.test", "anna@FAR.test")
            #expect(try list.subscribers() == [Self.anna: "normal", Self.bert: "normal"])
            #expect(try list.post(from: "ANNA@far.test").recipients.contains(Self.bert))
            try list.change([("remove_subscribers", "Anna@Far.Test")])
            #expect(try list.subscribers() == [Self.bert: "normal"])
        }

        @Test func nobodyIsAskedWhereThatIsSwitchedOff() throws {
            let list = try server.makeList([("disable_subscription_confirm", "yes")])
            #expect(try list.command("subscribe", from: Self.anna).recipients == [Self.anna])
            #expect(try list.subscribers() == [Self.anna: "normal"])
            try list.command("unsubscribe", from: Self.anna)
            #expect(try list.subscribers() == [:])
            try list.change([("disable_subscription_confirm", "no")])
            try list.command("subscribe", from: Self.anna)
            #expect(try list.subscribers() == [:])
        }

        @Test func aClosedListTakesNoSubscriptionsByMail() throws {
            let list = try server.makeList([("close_list", "yes")], subscribers: [Self.anna])
            #expect(try list.command("subscribe", from: Self.bert).recipients == [])
            #expect(try list.command("unsubscribe", from: Self.anna).recipients == [])
            try list.add(Self.carl)
            try list.change([("remove_subscribers", Self.anna)])
            #expect(try list.subscribers() == [Self.carl: "normal"])
            try list.change([("close_list", "no")])
            try confirm("subscribe", list, from: Self.bert)
            try confirm("unsubscribe", list, from: Self.carl)
            #expect(try list.subscribers() == [Self.bert: "normal"])
        }

        @Test func whereSubscribingIsSwitchedOffUnsubscribingIsNot() throws {
            let list = try server.makeList([("disable_subscription", "yes")], subscribers: [Self.anna])
            #expect(try list.command("subscribe", from: Self.bert).recipients == [])
            try confirm("unsubscribe", list, from: Self.anna)
            #expect(try list.subscribers() == [:])
            try list.change([("disable_subscription", "no")])
            try confirm("subscribe", list, from: Self.bert)
            #expect(try list.subscribers() == [Self.bert: "normal"])
        }

        @Test(arguments: ["digest", "nomail"])
        func aKindOfSubscriptionIsRefusedAsSet(_ kind: String) throws {
            let parameter = "disable_\(kind)_subscription"
            let list = try server.makeList([(parameter, "yes"), ("disable_subscription_confirm", "yes")])
            #expect(try list.command("subscribe-\(kind)", from: Self.anna).recipients == [Self.anna], "a refusal")
            #expect(try list.subscribers() == [:])
            try list.change([(parameter, "no")])
            try list.command("subscribe-\(kind)", from: Self.anna)
            #expect(try list.subscribers() == [Self.anna: kind])
        }

        @Test func somebodyDecidesAboutSubscriptionsAsSet() throws {
            let list = try server.makeList([("moderate_subscription", "yes"), ("owner", Self.owner)])
            let asked = try confirm("subscribe", list, from: Self.anna)
            #expect(asked.recipients == [Self.anna, Self.owner])
            #expect(try list.subscribers() == [:])
            try server.reply(to: try #require(asked.message(to: Self.owner)), from: Self.owner)
            #expect(try list.subscribers() == [Self.anna: "normal"])

            try list.change([("subscription_moderators", Self.carl)])
            let again = try confirm("subscribe", list, from: Self.bert)
            #expect(again.recipients == [Self.bert, Self.carl])
            let permit = try #require(again.message(to: Self.carl)?.headers("Reply-To").first)
            let obstruct = permit.replacing("+permit-", with: "+obstruct-")
            #expect(obstruct != permit)
            #expect(try server.send(from: Self.carl, to: obstruct).recipients == [])
            #expect(try server.send(from: Self.carl, to: permit).recipients == [], "refused already")
            try list.change([("subscription_moderators", "")])
            #expect(try confirm("subscribe", list, from: "dora@far.test").recipients == ["dora@far.test", Self.owner])
            try list.change([("moderate_subscription", "no")])
            try confirm("subscribe", list, from: "emil@far.test")
            #expect(try list.subscribers() == [Self.anna: "normal", "emil@far.test": "normal"])
        }

        @Test func theOwnersAreToldWhoComesAndGoesAsSet() throws {
            let list = try server.makeList([("notify_owner_when_sub_unsub", "yes"), ("owner", Self.owner)])
            #expect(try confirm("subscribe", list, from: Self.anna).recipients == [Self.anna, Self.owner])
            #expect(try confirm("unsubscribe", list, from: Self.anna).recipients == [Self.anna, Self.owner])
            try list.change([("notify_owner_when_sub_unsub", "no")])
            #expect(try confirm("subscribe", list, from: Self.anna).recipients == [Self.anna])
        }

        // MARK: By the API

        @Test func whoIsAddedIsAskedUnlessThatIsSwitchedOff() throws {
            let list = try server.makeList([("subscribers", Self.anna)])
            let question = try server.question(to: Self.anna)
            #expect(try list.subscribers() == [:])
            try server.reply(to: question, from: Self.anna)
            #expect(try list.subscribers() == [Self.anna: "normal"])

            try list.change([("add_subscribers", Self.bert), ("subscription", "digest")])
            try server.reply(to: server.question(to: Self.bert), from: Self.bert)
            #expect(try list.subscribers() == [Self.anna: "normal", Self.bert: "digest"])

            try list.add(Self.carl)
            #expect(try server.settle().recipients == [])
            #expect(try list.subscribers()[Self.carl] == "normal")
        }

        @Test func aSubscriptionIsChangedByAddingAgain() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            try list.add(Self.bert, as: "nomail")
            #expect(try list.subscribers() == [Self.anna: "normal", Self.bert: "nomail"])
            #expect(try list.post(from: Self.anna).recipients == [])
            try list.add(Self.bert)
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
        }

        @Test func whoWasRemovedCanComeBackByMail() throws {
            let list = try server.makeList(subscribers: [Self.anna, Self.bert])
            try list.change([("remove_subscribers", Self.bert)])
            #expect(try server.settle().recipients == [], "nobody is told")
            try confirm("subscribe", list, from: Self.bert)
            #expect(try list.post(from: Self.anna).recipients == [Self.bert])
        }

        /// By mail and by the API at once, in one file of mlmmj's.
        @Test func subscriptionsAtTheSameMomentAreAllKept() throws {
            let list = try server.makeList([("disable_subscription_confirm", "yes")])
            let addresses = (0..<20).map { "a\($0)@far.test" }
            for (number, address) in addresses.enumerated() where number.isMultiple(of: 2) {
                let text = WrittenMessage().text(from: address, to: list.address(of: "subscribe"))
                try server.postfix.send(text, from: address, to: [list.address(of: "subscribe")])
                try list.add(addresses[number + 1])
            }
            #expect(try server.settle().recipients.count == 10)
            #expect(try list.subscribers().keys.sorted() == addresses.sorted())
        }

        // MARK: Other commands

        @Test func whatIsForTheOwnersReachesThemAsTheyAreSet() throws {
            let list = try server.makeList([("owner", "\(Self.owner),\(Self.carl)")])
            #expect(try list.command("owner", from: Self.anna).recipients == [Self.carl, Self.owner])
            try list.change([("owner", Self.bert)])
            #expect(try list.command("owner", from: Self.anna).recipients == [Self.bert])
        }

        @Test func anOwnerGetsTheSubscribersByMailAsSet() throws {
            let list = try server.makeList([("owner", Self.owner)], subscribers: [Self.anna])
            #expect(try list.command("list", from: Self.owner).recipients == [])
            try list.change([("disable_retrieving_subscribers", "no")])
            let answer = try list.command("list", from: Self.owner)
            #expect(try #require(answer.message(to: Self.owner)).body.contains(Self.anna))
            #expect(try list.command("list", from: Self.anna).recipients == [])
            try list.change([("disable_retrieving_subscribers", "yes")])
            #expect(try list.command("list", from: Self.owner).recipients == [])
        }

        @Test(arguments: [("de_DE", "Mailingliste"), ("xx_XX", "some information about the list")])
        func whatMlmmjWritesIsInTheDomainsLanguage(_ language: String, _ words: String) throws {
            let domain = "\(language.prefix(2)).example"
            try server.add(domain: domain, [("language", language)])
            let list = try server.makeList(in: domain)
            let help = try #require(try list.command("help", from: Self.anna).message(to: Self.anna))
            #expect(help.body.contains(words))
        }

        @Test func anybodyGetsHelpAndNobodyAnAnswerToWhatIsNoCommand() throws {
            let list = try server.makeList()
            #expect(try list.command("help", from: Self.anna).recipients == [Self.anna])
            #expect(try list.command("faq", from: Self.anna).recipients == [Self.anna])
            for command in ["nothing", "confsub-0123456789abcdef", "release-0123456789abcdef", "permit-.."] {
                #expect(try list.command(command, from: Self.anna).recipients == [], "\(command)")
            }
        }
    }
}
