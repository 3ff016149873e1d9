/// A place in the table and the occupant's number, so that a late event for a closed connection finds nobody.
struct ConnectionID: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(place: Int, occupant: UInt32) {
        rawValue = UInt64(occupant) << 32 | UInt64(place)
    }

    var place: Int { Int(rawValue & 0xffff_ffff) }
}
