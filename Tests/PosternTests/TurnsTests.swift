import Testing

@testable import postern

struct TurnsTests {
    private static let names = ["_spf.b.test", "a.test", "b.test", "c.test"]

    @Test(arguments: [nil, "", "~", "c.test", "zzz", "\u{fffd}"])
    func withoutAPlaceToGoOnItBeginsFromTheFront(_ last: String?) {
        let turns = Turns(Self.names, after: last)
        #expect(turns.all == Self.names)
        #expect(turns.behind == 0)
    }

    @Test(arguments: [
        ("_spf.b.test", ["a.test", "b.test", "c.test", "_spf.b.test"], 3),
        ("a.test", ["b.test", "c.test", "_spf.b.test", "a.test"], 2),
        ("b.test", ["c.test", "_spf.b.test", "a.test", "b.test"], 1),
        // No longer listed.
        ("aa.test", ["b.test", "c.test", "_spf.b.test", "a.test"], 2),
    ])
    func itGoesOnBehindTheLastOne(_ last: String, _ all: [String], _ behind: Int) {
        let turns = Turns(Self.names, after: last)
        #expect(turns.all == all)
        #expect(turns.behind == behind)
    }

    @Test func nobodyIsLeftOutOrAskedTwice() {
        for last in Self.names + ["", "a", "zz"] {
            #expect(Turns(Self.names, after: last).all.sorted() == Self.names)
        }
        #expect(Turns([], after: "a").all.isEmpty)
        #expect(Turns(["a"], after: "a").all == ["a"])
    }
}
