import MailStore
import Testing

/// The `settings` column: `Contract.md` 1.2, `Security.md` C5.
struct AccountSettingsTests {
    @Test(arguments: [
        ("", ""), ("a:1;", "a:1;"), ("a:1;b:2;", "a:1;b:2;"), ("b:2;a:1;", "b:2;a:1;"), ("a:1", "a:1;"),
        ("a:1;;b:2;", "a:1;b:2;"), ("a:;b:2;", "b:2;"),
        ("broken;b:2;", "b:2;"), ("a:b:c;", "a:b:c;"), ("a:1;a:2;", "a:2;"), (";;;", ""),
        ("unknown_key:x y;", "unknown_key:x y;"),
    ])
    func readsAndWritesTheSamePairs(_ stored: String, _ written: String) {
        let settings = AccountSettings(stored: stored)
        #expect(settings.stored == written)
        #expect(AccountSettings(stored: written) == settings)
        #expect(settings.isEmpty == written.isEmpty)
    }

    @Test func aNewKeyIsAppendedAndAKnownOneKeepsItsPlace() {
        var settings = AccountSettings(stored: "b:2;a:1;")
        settings["c"] = "3"
        settings["b"] = "4"
        #expect(settings.stored == "b:4;a:1;c:3;")
    }

    @Test(arguments: [nil, "", ";", ";;"])
    func anEmptyValueRemovesTheKey(_ value: String?) {
        var settings = AccountSettings(stored: "a:1;b:2;")
        settings["a"] = value
        settings["never"] = value
        #expect(settings.stored == "b:2;")
        #expect(settings["a"] == nil)
    }

    @Test func aSemicolonCannotBeginAnotherPair() {
        var settings = AccountSettings()
        settings["timezone"] = "x;create_new_domains:yes"
        #expect(AccountSettings(stored: settings.stored)["create_new_domains"] == nil)
    }

    @Test(arguments: [("n:5;", 5), ("n:-1;", -1), ("n:0;", 0), ("", 0), ("n:x;", 0), ("n:99999999999999999999;", 0)])
    func aNumberThatIsNoneIsZero(_ stored: String, _ number: Int) {
        #expect(AccountSettings(stored: stored)[number: "n"] == number)
    }

    @Test(arguments: [(5, "n:5;"), (-1, "n:-1;"), (0, "")])
    func zeroIsNotWritten(_ number: Int, _ stored: String) {
        var settings = AccountSettings(stored: "n:7;")
        settings[number: "n"] = number
        #expect(settings.stored == stored)
    }

    @Test(arguments: [(["b", "a"], "l:a,b;"), (["a"], "l:a;"), ([], "")])
    func aListIsWrittenSorted(_ list: [String], _ stored: String) {
        var settings = AccountSettings(stored: "l:x;")
        settings[list: "l"] = list
        #expect(settings.stored == stored)
        #expect(settings[list: "l"] == list.sorted())
    }

    @Test(arguments: [("l:a,b;", ["a", "b"]), ("l:,a,,b,;", ["a", "b"]), ("", []), ("l:;", [])])
    func aListIsReadWithoutEmptyItems(_ stored: String, _ list: [String]) {
        #expect(AccountSettings(stored: stored)[list: "l"] == list)
    }

    @Test(arguments: [
        ("default_user_quota", AccountSettings.Kind.number), ("max_user_quota", .number),
        ("min_passwd_length", .number), ("max_passwd_length", .number),
        ("create_max_domains", .number), ("create_max_users", .number), ("create_max_aliases", .number),
        ("create_max_lists", .number),
        ("create_max_quota", .number), ("enabled_services", .list), ("disabled_mail_services", .list),
        ("disabled_domain_profiles", .list),
        ("disabled_user_profiles", .list), ("disabled_user_preferences", .list), ("default_groups", .list),
        ("default_mailing_lists", .list),
        ("default_language", .text), ("timezone", .text), ("create_new_domains", .text), ("create_quota_unit", .text),
        ("anything", .text),
    ])
    func eachKeyHasItsKind(_ key: String, _ kind: AccountSettings.Kind) {
        #expect(AccountSettings.kind(of: key) == kind)
    }
}
