import Mail
import Testing

struct QuotaTests {
    @Test(arguments: [0, 1, 2048, 8_796_093_022_207])
    func takesMegabytesWhoseBytesFit(_ megabytes: Int) throws {
        #expect(try #require(Quota(megabytes: megabytes)).megabytes == megabytes)
    }

    @Test(arguments: [-1, .min, 8_796_093_022_208, .max])
    func refusesOthers(_ megabytes: Int) {
        #expect(Quota(megabytes: megabytes) == nil)
    }

    @Test func zeroIsUnlimited() {
        #expect(Quota.unlimited.megabytes == 0)
        #expect(Quota.unlimited.isUnlimited)
        #expect(Quota(megabytes: 1)?.isUnlimited == false)
    }
}

struct AccountLimitTests {
    @Test(arguments: [(0, AccountLimit.unlimited), (-1, .none), (1, .atMost(1)), (.max, .atMost(.max))])
    func isStoredAsTheAPIGivesIt(_ stored: Int, _ limit: AccountLimit) {
        #expect(AccountLimit(stored: stored) == limit)
        #expect(limit.stored == stored)
    }

    @Test(arguments: [-2, .min])
    func belowMinusOneIsNone(_ stored: Int) {
        #expect(AccountLimit(stored: stored) == nil)
    }

    @Test(arguments: [
        (AccountLimit.unlimited, 1_000_000, true), (.none, 0, false), (.atMost(2), 1, true), (.atMost(2), 2, false),
        (.atMost(2), 3, false),
    ])
    func allowsOneMoreBelowIt(_ limit: AccountLimit, _ count: Int, _ allows: Bool) {
        #expect(limit.allowsOneMore(than: count) == allows)
    }
}

struct AccountStatusTests {
    @Test(arguments: [
        ("active", AccountStatus.active), ("enable", .active), ("enabled", .active), ("yes", .active), ("1", .active),
        ("ACTIVE", .active),
        ("disabled", .disabled), ("disable", .disabled), ("no", .disabled), ("0", .disabled), ("No", .disabled),
    ])
    func hasTheWordsOfTheAPI(_ word: String, _ status: AccountStatus) {
        #expect(AccountStatus(word: word) == status)
    }

    @Test(arguments: ["", "true", "false", "on", "off", "2", "-1", " active", "activ", "inactive", "disabled."])
    func noOtherWordDisablesAnAccount(_ word: String) {
        #expect(AccountStatus(word: word) == nil)
    }

    @Test func isStoredAsOneOrZero() {
        #expect(AccountStatus.active.rawValue == 1)
        #expect(AccountStatus.disabled.rawValue == 0)
    }
}

struct LanguageTests {
    @Test(arguments: [
        "bg_BG", "cs_CZ", "da_DK", "de_DE", "en_US", "es_ES", "fi_FI", "fr_FR", "hu_HU", "it_IT", "ja_JP", "ko_KR",
        "lv_LV", "nl_NL", "pl_PL",
        "pt_BR", "ro_RO", "ru_RU", "sl_SI", "sv_SE", "zh_CN", "zh_TW",
    ])
    func isOneOfTheList(_ code: String) {
        #expect(Language(code)?.code == code)
    }

    @Test(arguments: ["", "en", "en-US", "EN_us", "en_GB", "en_US.UTF-8", " en_US", "xx_XX"])
    func isNoOther(_ code: String) {
        #expect(Language(code) == nil)
    }
}
