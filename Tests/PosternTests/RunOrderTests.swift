import Testing

@testable import postern

struct RunOrderTests {
    private static let names = ["_spf.b.test", "a.test", "b.test", "c.test"]

    @Test(arguments: [nil, "", "~", "c.test", "zzz", "\u{fffd}"])
    func withoutAPlaceToGoOnItBeginsFromTheFront(_ last: String?) {
        let order = RunOrder(Self.names, after: last)
        #expect(order.all == Self.names)
        #expect(order.countBeforeWrap == 0)
    }

    @Test(arguments: [
        ("_spf.b.test", ["a.test", "b.test", "c.test", "_spf.b.test"], 3),
        ("a.test", ["b.test", "c.test", "_spf.b.test", "a.test"], 2),
        ("b.test", ["c.test", "_spf.b.test", "a.test", "b.test"], 1),
        // No longer listed.
        ("aa.test", ["b.test", "c.test", "_spf.b.test", "a.test"], 2),
    ])
    func itGoesOnBehindTheLastOne(_ last: String, _ all: [String], _ countBeforeWrap: Int) {
        let order = RunOrder(Self.names, after: last)
        #expect(order.all == all)
        #expect(order.countBeforeWrap == countBeforeWrap)
    }

    @Test func nobodyIsLeftOutOrAskedTwice() {
        for last in Self.names + ["", "a", "zz"] {
            #expect(RunOrder(Self.names, after: last).all.sorted() == Self.names)
        }
        #expect(RunOrder([], after: "a").all.isEmpty)
        #expect(RunOrder(["a"], after: "a").all == ["a"])
    }
}
