import Mail
import MailStore
import Support
import Testing

/// What a list shows of changes made while it is read.
struct SnapshotTests {
    private let state: WriterState
    private let reader: Store

    init() throws {
        state = try WriterState()
        try state.run { store in
            for name in ["a.example", "b.example", "c.example", "d.example"] { try store.insertDomain(name) }
        }
        reader = try Store(state.place, .reader)
    }

    /// The names listed that are still found, while after the first one `b.example` goes and `e.example` comes.
    private func list(_ page: Page = .all) throws -> [String] {
        var names: [String] = []
        try reader.reading {
            try reader.domains.forEachName(DomainSelection(managedBy: nil, disabledOnly: false, page: page)) { name in
                if try reader.domains.find(name) != nil { names.append(name.text) }
                guard names.count == 1 else { return }
                try state.run { store in
                    guard let gone = DomainName("b.example"), let admin = MailAddress("x@a.example"),
                        try store.domains.find(gone) != nil
                    else { return }
                    try store.beginDeletion(
                        of: gone, by: admin, deleteDate: nil, provenUntil: Moment(epoch: 0), now: Moment(epoch: 0))
                    while try !store.continueChange(of: gone) {}
                    try store.insertDomain("e.example")
                }
            }
        }
        return names
    }

    @Test func aListIsOfOneMoment() throws {
        #expect(try list() == ["a.example", "b.example", "c.example", "d.example"])
        #expect(try list() == ["a.example", "c.example", "d.example", "e.example"])
    }

    /// The part that was looked up already is not read again; what it names must still be there.
    @Test func aListThatLastsLongGoesOnFromANewerOne() throws {
        reader.snapshotLife = .zero
        #expect(try list() == ["a.example", "c.example", "d.example"])
    }

    @Test func aPageEndsWhereItShould() throws {
        #expect(try list(Page(after: "a.example", limit: 2)) == ["b.example", "c.example"])
        #expect(try list(Page(after: "c.example", limit: 2)) == ["d.example", "e.example"])
    }

    /// More keys than are looked up at once.
    @Test func nothingIsLostOrDoubledBetweenTheParts() throws {
        try state.run { store in
            for number in 1000..<3500 { try store.insertDomain("n\(number).example") }
        }
        for life in [Duration.seconds(10), .zero] {
            reader.snapshotLife = life
            var names: [String] = []
            try reader.reading {
                let page = Page(after: "m", limit: 2400)
                let selection = DomainSelection(managedBy: nil, disabledOnly: false, page: page)
                try reader.domains.forEachName(selection) { names.append($0.text) }
            }
            #expect(names == (1000..<3400).map { "n\($0).example" })
        }
    }
}
