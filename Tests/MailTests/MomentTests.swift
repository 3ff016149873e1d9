import Mail
import Testing

struct MomentTests {
    @Test(arguments: [
        (0, "1970-01-01 00:00:00"), (1_769_903_999, "2026-01-31 23:59:59"), (951_782_400, "2000-02-29 00:00:00"),
        (4_102_444_800, "2100-01-01 00:00:00"),
        (-1, "1969-12-31 23:59:59"),
    ])
    func isWrittenInUTC(_ epoch: Int, _ text: String) {
        #expect(Moment(epoch: epoch).timestamp == text)
    }

    @Test(arguments: [
        (0, "2026-01-31"), (1, "2026-02-01"), (29, "2026-03-01"), (365, "2027-01-31"), (2_912_412, "9999-12-31"),
    ])
    func countsDaysFromTodayInUTC(_ days: Int, _ date: String) {
        #expect(Moment(epoch: 1_769_903_999).date(addingDays: days) == date)
    }

    @Test(arguments: [2_912_413, 10_000_000_000, .max])
    func hasNoDateBeyondTheYear9999(_ days: Int) {
        #expect(Moment(epoch: 1_769_903_999).date(addingDays: days) == nil)
    }

    @Test func theStampOfAMaildirHasDots() {
        let stamp = Moment(epoch: 1_769_903_999).maildirStamp
        #expect(stamp.split(separator: ".").map(\.count) == [4, 2, 2, 2, 2, 2])
    }

    @Test func readsWhatItWrites() {
        for epoch in [0, 1_769_903_999, 951_782_400] {
            let moment = Moment(epoch: epoch)
            #expect(Moment(timestamp: moment.timestamp) == moment)
        }
    }

    @Test(arguments: ["0001-01-01 00:00:00", "1600-02-29 00:00:00", "2028-02-29 23:59:59", "9999-12-31 23:59:59"])
    func readsEveryTimeFromTheYear1On(_ text: String) {
        #expect(Moment(timestamp: text) != nil)
    }

    @Test(arguments: [
        "", "2026-01-31", "2026-01-31T23:59:59", "2026-01-31 23:59:59Z", "x026-01-31 23:59:59", "2026 01-31 23:59:59",
        "2026-+1-31 23:59:59", "2026-13-01 00:00:00", "2026-00-01 00:00:00", "2026-02-29 00:00:00",
        "2026-01-00 00:00:00", "2026-01-31 24:00:00", "2026-01-31 23:60:00", "2026-01-31 23:59:60",
        "0000-01-01 00:00:00", "0000-00-00 00:00:00",
    ])
    func readsNothingElse(_ text: String) {
        #expect(Moment(timestamp: text) == nil)
    }
}
