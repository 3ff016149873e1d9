@testable import API
import Foundation
import Gateway
import Mail
import MailingLists
import MailStore
import Storage
import Testing

/// Lists of mlmmj's, with the real helper on a spool of the test's own. Mail is not sent here.
struct SubscribableListTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let helper: TestListHelper

    init() throws {
        helper = try TestListHelper()
        api = try TestAPI(lists: helper)
        admin = try api.globalAdmin()
        try api.addDomain("a.example")
        for name in ["anna", "bert"] { try api.addMailbox("\(name)@a.example") }
    }

    private let news = "/api/ml/news@a.example"

    private func file(_ name: String, of list: String = "a.example/news") -> String? {
        helper.file("\(list)/control/\(name)")
    }

    private func profile(_ query: String = "") throws -> [String: Any] {
        try #require(try admin.send(.get, news + query).data as? [String: Any])
    }

    @Test func aListHasRowsAndADirectory() throws {
        try admin.done(.post, news, "name=News&owner=anna@a.example&moderators=bert@a.example")
        #expect(
            try api.rows("SELECT transport, accesspolicy, active FROM maillists") == [
                "mlmmj:a.example/news|membersonly|1"
            ])
        #expect(
            try api.rows("SELECT address, forwarding, is_maillist, active FROM forwardings WHERE is_maillist = 1")
                == ["news@a.example|news@a.example|1|1"])
        #expect(try api.rows("SELECT count(*) FROM alias") == ["0"])
        #expect(file("listaddress") == "news@a.example\n")
        #expect(helper.file("a.example/news/.unconfirmed") == nil)
        #expect(file("owner") == "anna@a.example\n" && file("moderators") == "bert@a.example\n")
        #expect(file("subonlypost") == "" && file("notmetoo") == "" && file("tocc") == "")
        #expect(file("customheaders")?.contains("List-Id: \"News\" <news.a.example>\n") == true)
        #expect(helper.file("a.example/news/text/help") == nil)
        #expect(try api.rows("SELECT * FROM list_requests") == [])
        let profile = try profile()
        #expect(profile["owner"] as? [String] == ["anna@a.example"])
        #expect(profile["only_subscriber_can_post"] as? String == "yes")
        #expect(profile["disable_archive"] as? String == "no")
        #expect(profile["subscribers"] == nil)
        #expect(try admin.send(.get, "/api/mls/a.example?email_only=yes").data as? [String] == ["news@a.example"])
        #expect(
            (try admin.send(.get, "/api/mls/a.example").data as? [[String: Any]])?.first?["name"] as? String == "News")
    }

    @Test func textsAreInTheLanguageOfTheDomain() throws {
        try admin.done(.put, "/api/domain/a.example", "language=de_DE")
        try admin.done(.post, news, "")
        #expect(helper.file("a.example/news/text/help")?.contains("Mailingliste") == true)
    }

    @Test func eachSwitchIsAFile() throws {
        try admin.done(.post, news, "")
        for item in ListSwitch.all {
            for (word, isThere) in [("yes", true), ("no", false)] {
                try admin.done(.put, news, "\(item.parameter)=\(word)")
                #expect((file(item.file.rawValue) != nil) == isThere, "\(item.parameter)")
                #expect(try profile()[item.parameter] as? String == word)
            }
        }
    }

    @Test func accessPoliciesAreMlmmjsControls() throws {
        try admin.done(.post, news, "accessPolicy=public&moderators=bert@a.example")
        func controls() -> [String] { ["subonlypost", "modonlypost", "access"].filter { file($0) != nil } }
        #expect(controls() == [])
        for (policy, wanted) in [
            ("membersonly", ["subonlypost"]), ("moderatorsonly", ["modonlypost"]), ("domain", ["access"]),
            ("subdomain", ["access"]), ("membersandmoderatorsonly", ["subonlypost", "access"]), ("public", []),
        ] {
            try admin.done(.put, news, "accessPolicy=\(policy)")
            #expect(controls() == wanted, "\(policy)")
            #expect(try profile()["accesspolicy"] as? String == policy)
        }
        // mlmmj ignores modonlypost beside subonlypost.
        try admin.done(.put, news, "only_subscriber_can_post=yes")
        try admin.done(.put, news, "only_moderator_can_post=yes")
        #expect(controls() == ["modonlypost"])
        #expect(try profile()["only_subscriber_can_post"] as? String == "yes")
        try admin.done(.put, news, "only_moderator_can_post=no")
        #expect(controls() == ["subonlypost"])
        try admin.done(.put, news, "only_subscriber_can_post=no&only_moderator_can_post=yes")
        #expect(controls() == ["modonlypost"])
        #expect(try profile()["only_subscriber_can_post"] as? String == "no")
        try admin.done(.put, news, "only_moderator_can_post=no")
        #expect(controls() == [])
    }

    @Test func textsAreWrittenExactlyOrRefused() throws {
        try admin.done(.post, news, "")
        try admin.done(
            .put, news,
            "subject_prefix=[news]&custom_headers=X-One: 1%0aReply-To: x@y.example&remove_headers=Received,X-Mailer:"
                + "&footer_text=Gr%C3%BC%C3%9Fe%0d%0a%0azwei&footer_html=<p>x</p>&max_message_size=1000")
        #expect(file("prefix") == "[news]\n" && file("maxmailsize") == "1000\n")
        #expect(file("footer-text") == "Grüße\n\nzwei\n" && file("footer-html") == "<p>x</p>\n")
        #expect(try profile()["footer_text"] as? String == "Grüße\n\nzwei")
        let headers = file("customheaders") ?? ""
        #expect(
            headers.hasSuffix("X-One: 1\nReply-To: x@y.example\nX-Loop: news@a.example\n")
                && !headers.contains("Reply-To: news@"))
        let removed = (file("delheaders") ?? "").split(separator: "\n")
        #expect(removed.contains("Received:") && removed.contains("X-Mailer:") && removed.contains("DKIM-Signature:"))
        let profile = try profile()
        #expect(profile["custom_headers"] as? [String] == ["X-One: 1", "Reply-To: x@y.example"])
        #expect(profile["remove_headers"] as? [String] == ["Received", "X-Mailer"])
        for bad in [
            "subject_prefix=a%0ab", "subject_prefix=%C3%A4", "custom_headers=X", "custom_headers=X: a%0d%0a%0d%0abody",
            "custom_headers=X Y: 1", "custom_headers=From: boss@b.example", "custom_headers=Content-Type: text/html",
            "custom_headers=ARC-Seal: x", "custom_headers=X-Loop: x", "remove_headers=X-Loop", "remove_headers=From:",
            "remove_headers=a%0ab", "footer_text=a%01", "max_message_size=-1",
            "footer_text=\(String(repeating: "x", count: 65_537))",
        ] {
            #expect(try admin.refusal(.put, news, bad) == "INVALID_PARAMETER", "\(bad.prefix(40))")
        }
        #expect(file("prefix") == "[news]\n")
        try admin.done(
            .put, news, "subject_prefix=&custom_headers=&remove_headers=&footer_text=&footer_html=&max_message_size=0")
        for name in ["prefix", "footer-text", "footer-html", "maxmailsize", "customheaders-own", "delheaders-own"] {
            #expect(file(name) == nil, "\(name)")
        }
    }

    @Test func subscribersComeAndGo() throws {
        try admin.done(
            .post, news, "subscribers=Anna@a.example,bert@a.example,0x@b.example&require_confirm=no&close_list=yes")
        #expect(helper.file("a.example/news/subscribers.d/a") == "anna@a.example\n")
        #expect(helper.file("a.example/news/subscribers.d/0") == "0x@b.example\n")
        try admin.done(.put, news, "add_subscribers=anna@a.example&subscription=digest&require_confirm=no")
        try admin.done(.put, news, "remove_subscribers=bert@a.example")
        let subscribers = try #require(try profile("?with_subscribers=yes")["subscribers"] as? [[String: String]])
        #expect(
            subscribers == [
                ["mail": "0x@b.example", "subscription": "normal"],
                ["mail": "anna@a.example", "subscription": "digest"],
            ])
        let many = (0..<10_000).map { "user\($0)@b.example" }
        try admin.done(
            .put, news, "require_confirm=no&subscription=nomail&add_subscribers=\(many.joined(separator: ","))")
        #expect((helper.file("a.example/news/nomailsubs.d/u") ?? "").split(separator: "\n").count == 10_000)
        #expect(
            try admin.refusal(.put, news, "add_subscribers=\((many + ["x@b.example"]).joined(separator: ","))")
                == "INVALID_PARAMETER")
    }

    @Test func theOnlyDirectoryThatIsWrittenIsTheLists() throws {
        for hostile in [
            "..%2f..%2fetc@a.example", "..@a.example", ".archive@a.example", "-a@a.example", "a%00b@a.example",
        ] {
            #expect(try admin.refusal(.post, "/api/ml/\(hostile)", "") == "INVALID_MAIL", "\(hostile)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: helper.root) == [])
    }

    @Test func deletingPutsTheDirectoryAsideOrRemovesIt() throws {
        try admin.done(.post, news, "owner=anna@a.example")
        try admin.done(.delete, news)
        #expect(try api.rows("SELECT address FROM maillists UNION SELECT address FROM maillist_owners") == [])
        #expect(helper.archived(in: "a.example").count == 1)
        #expect(helper.entries.filter { !$0.hasPrefix(".") } == [])
        try admin.done(.post, news, "")
        try admin.done(.delete, news + "?keep_archive=no")
        #expect(helper.archived(in: "a.example").count == 1)
        #expect(try admin.refusal(.get, news) == "NO_SUCH_ACCOUNT")
    }

    @Test func deletingADomainPutsItsListsAside() throws {
        for name in ["one", "two"] { try admin.done(.post, "/api/ml/\(name)@a.example", "") }
        try admin.done(.delete, "/api/domain/a.example")
        try helper.wait { helper.archived(in: "a.example").count == 2 }
        #expect(try api.rows("SELECT address FROM maillists") == [])
    }

    /// The rows of a domain that is being deleted go in turns.
    @Test func aListOfADomainThatIsBeingDeletedGetsNoDirectory() throws {
        try admin.done(.post, news, "")
        try api.run("DELETE FROM domain WHERE domain = 'a.example'")
        try FileManager.default.removeItem(atPath: "\(helper.root)/a.example")
        try admin.done(.post, "/api/domain/c.example", "name=C")
        try admin.done(.post, "/api/ml/other@c.example", "")
        try FileManager.default.removeItem(atPath: "\(helper.root)/c.example")
        try api.restart()
        try helper.wait { helper.lists == ["other@c.example"] }
    }

    @Test func peopleFollowTheirNewNamesAndGoWithTheirAccounts() throws {
        try api.addDomain("b.example")
        for list in ["news@a.example", "else@b.example"] {
            try admin.done(
                .post, "/api/ml/\(list)",
                "accessPolicy=membersandmoderatorsonly&owner=anna@a.example&moderators=anna@a.example,bert@a.example"
                    + "&subscription_moderators=anna@a.example&subscribers=anna@a.example,bert@a.example"
                    + "&subscription=digest&require_confirm=no")
        }
        try admin.done(.post, "/api/user/anna@a.example/change_email/zoe@a.example")
        for list in ["a.example/news", "b.example/else"] {
            try helper.wait { (try? api.rows("SELECT id FROM list_requests")) == [] }
            #expect(file("owner", of: list) == "zoe@a.example\n")
            #expect(file("moderators", of: list) == "bert@a.example\nzoe@a.example\n")
            #expect(file("submod", of: list) == "zoe@a.example\n")
            #expect(file("access", of: list)?.contains("zoe@a\\.example") == true)
            #expect(helper.file("\(list)/digesters.d/z") == "zoe@a.example\n")
            #expect(helper.file("\(list)/digesters.d/a") == "")
        }
        #expect(try profile()["owner"] as? [String] == ["zoe@a.example"])
        try admin.done(.delete, "/api/user/zoe@a.example")
        for list in ["a.example/news", "b.example/else"] {
            // Never without a line: mlmmj would end with a segmentation fault.
            try helper.wait { (try? api.rows("SELECT id FROM list_requests")) == [] }
            #expect(file("owner", of: list) == "\n")
            #expect(file("moderators", of: list) == "bert@a.example\n" && file("submod", of: list) == "")
            #expect(file("access", of: list)?.contains("zoe") == false)
            #expect(helper.file("\(list)/digesters.d/z") == "")
        }
        #expect(try profile()["owner"] as? [String] == [])
    }

    @Test func extraAddressesLeadToTheList() throws {
        try admin.done(.post, news, "extra_addresses=letter@a.example,anna@a.example,x@elsewhere.example")
        #expect(
            try api.rows("SELECT address, forwarding FROM forwardings WHERE is_alias = 1")
                == ["letter@a.example|news@a.example"])
        #expect(file("listaddress") == "news@a.example\nletter@a.example\n")
        try admin.done(.put, news, "accountStatus=disabled")
        #expect(try api.rows("SELECT active FROM forwardings WHERE forwarding = 'news@a.example'") == ["0", "0"])
        try admin.done(.put, news, "accountStatus=active&extra_addresses=post@a.example")
        #expect(try profile()["extra_addresses"] as? [String] == ["post@a.example"])
        #expect(try api.rows("SELECT active FROM forwardings WHERE forwarding = 'news@a.example'") == ["1", "1"])
        #expect(try admin.refusal(.post, "/api/user/post@a.example", "name=x&password=Secret-1234") == "ALREADY_EXISTS")
        try admin.done(.put, news, "extra_addresses=")
        #expect(file("listaddress") == "news@a.example\n")
    }

    @Test func limitsAndOthersAddressesHold() throws {
        var strict = admin
        strict.isStrict = true
        try api.run("UPDATE domain SET maillists = 1 WHERE domain = 'a.example'")
        try admin.done(.post, news, "")
        #expect(try strict.refusal(.post, "/api/ml/more@a.example", "") == "EXCEEDED_DOMAIN_ACCOUNT_LIMIT")
        try api.run("UPDATE domain SET maillists = -1 WHERE domain = 'a.example'")
        #expect(try strict.refusal(.post, "/api/ml/more@a.example", "") == "NOT_ALLOWED")
        try api.run("UPDATE domain SET maillists = 0 WHERE domain = 'a.example'")
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_max_lists:1;")
        var dan = try api.client("dan@office.example")
        dan.isStrict = true
        #expect(try dan.refusal(.post, "/api/ml/more@a.example", "") == "EXCEED_LIMIT_LISTS")
        #expect(try strict.refusal(.put, news, "extra_addresses=anna@a.example") == "ALREADY_EXISTS")
        #expect(try strict.refusal(.post, "/api/ml/anna@a.example", "") == "ALREADY_EXISTS")
        #expect(helper.lists == ["news@a.example"])
    }

    @Test func ownersAndModeratorsGetNoRights() throws {
        try admin.done(.post, news, "owner=anna@a.example&moderators=anna@a.example")
        let login = try api.nobody.send(.post, "/api/login", "username=anna@a.example&password=\(TestAPI.password)")
        #expect(login.word == "INVALID_CREDENTIALS")
    }

    @Test func withoutTheHelperOnlyTheListsAreRefused() throws {
        try admin.done(.post, news, "")
        helper.stop()
        for (method, path, body) in [
            (Method.get, "/api/mls/a.example", ""), (.get, news, ""), (.post, "/api/ml/b@a.example", ""),
            (.put, news, "name=x"), (.delete, news, ""),
        ] {
            #expect(try admin.refusal(method, path, body) == "MAILING_LISTS_UNAVAILABLE", "\(method) \(path)")
        }
        #expect(try api.rows("SELECT address, name FROM maillists") == ["news@a.example|"])
        try admin.done(.post, "/api/user/anna@a.example/change_email/zoe@a.example")
        #expect(try admin.send(.get, "/api/user/zoe@a.example").isSuccess)
        #expect(try api.rows("SELECT count(*) FROM list_requests") == ["1"])
    }

    @Test func whatACrashHasLeftIsMended() throws {
        try admin.done(.post, news, "owner=anna@a.example")
        // Killed between the directory and the rows, and a spool that was lost.
        try FileManager.default.copyItem(
            atPath: "\(helper.root)/a.example/news", toPath: "\(helper.root)/a.example/left")
        try Data().write(to: URL(fileURLWithPath: "\(helper.root)/a.example/left/.unconfirmed"))
        try FileManager.default.copyItem(
            atPath: "\(helper.root)/a.example/news", toPath: "\(helper.root)/a.example/foreign")
        try FileManager.default.removeItem(atPath: "\(helper.root)/a.example/news")
        // Killed between the commit and what follows it.
        try api.change { store in
            guard let address = MailAddress("news@a.example"), let list = ListAddress(address) else { return }
            try store.subscribableLists.queue(
                .subscribe(list, ["x@b.example"], .normal, asksFirst: false), domain: list.domain, now: .now())
        }
        try api.restart()
        try helper.wait { helper.archived(in: "a.example").count == 1 && file("owner") == "anna@a.example\n" }
        #expect(helper.archived(in: "a.example").first?.hasPrefix("left-") == true)
        // Nobody posts whom the old list would have refused.
        #expect(file("moderated") == "" && file("closedlist") == "" && file("subonlypost") == "")
        // Made by hand, or by another server.
        #expect(helper.file("a.example/foreign/control/owner") == "anna@a.example\n")
        try helper.wait { (try? api.rows("SELECT id FROM list_requests")) == [] }
        #expect(helper.file("a.example/news/subscribers.d/x") == "x@b.example\n")
        for line in [
            "left@a.example has a directory and no account", "news@a.example had no directory",
            "1 directories belong to no account here and stay, foreign@a.example",
        ] {
            try helper.wait { api.reports.lines.contains { $0.contains(line) } }
        }
    }

    /// A list in which something cannot be done holds up no other, and does it before anything else.
    @Test func aStuckListIsDoneLater() throws {
        for list in ["news", "other"] {
            try admin.done(
                .post, "/api/ml/\(list)@a.example",
                "owner=anna@a.example&subscribers=anna@a.example&require_confirm=no")
        }
        let path = "\(helper.root)/a.example/news/control/owner"
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try admin.done(.delete, "/api/user/anna@a.example")
        try helper.wait { (try? api.rows("SELECT id FROM list_requests")) == [] }
        #expect(file("owner", of: "a.example/other") == "\n")
        #expect(try admin.send(.get, "/api/ml/other@a.example").isSuccess)
        #expect(try admin.refusal(.get, news) == "MAILING_LISTS_UNAVAILABLE")
        try FileManager.default.removeItem(atPath: path)
        try Data("anna@a.example\n".utf8).write(to: URL(fileURLWithPath: path))
        // A namesake who comes later is somebody else.
        try api.addMailbox("anna@a.example")
        try admin.done(.put, news, "add_subscribers=anna@a.example&require_confirm=no&owner=anna@a.example")
        #expect(file("owner") == "anna@a.example\n")
        #expect(helper.file("a.example/news/subscribers.d/a") == "anna@a.example\n")
    }

    @Test func aDryRunChangesNothing() throws {
        let answer = try api.dryRun(admin.request(.post, news, "owner=anna@a.example"))
        #expect(answer.isSuccess && answer.body.contains("mlmmj:a.example/news"))
        #expect(helper.entries == [])
    }
}
