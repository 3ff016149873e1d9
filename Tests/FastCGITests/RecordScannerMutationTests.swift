import FastCGI
import Testing

/// Well-formed requests damaged at random, from fixed seeds: the scanner must agree with `WellFormedRequest`.
struct RecordScannerMutationTests {
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        // SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    static let originals: [[UInt8]] = [
        Wire.request(), Wire.request(id: 513, keep: false),
        Wire.post(Array("name=Example&cn=%C3%A4".utf8)),
        Wire.begin() + Wire.stream(Wire.parameters, Wire.pairs(Wire.usual), chunk: 5)
            + Wire.stream(Wire.input, [1, 2, 3], chunk: 2),
        RecordScannerTests.with(
            parameters: Wire.longLength(130) + [3] + [UInt8](repeating: 66, count: 130) + [49, 50, 51]),
    ]

    static func mutate(_ bytes: inout [UInt8], _ dice: inout Dice) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &dice)
        let end = min(bytes.count, place + Int.random(in: 1...16, using: &dice))
        switch Int.random(in: 0..<7, using: &dice) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
        case 3: bytes.remove(at: place)
        case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
        case 5: bytes.removeSubrange(place..<end)
        default: bytes[place] = [0, 1, 2, 4, 5, 8, 0x7f, 0x80, 0xff].randomElement(using: &dice) ?? 0
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func neverPassWhatIsNotWellFormed(_ seed: UInt64) {
        var dice = Dice(state: seed)
        var stillGood = 0
        for _ in 0..<2_500 {
            var bytes = Self.originals.randomElement(using: &dice) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &dice) { Self.mutate(&bytes, &dice) }
            let whole = RecordScannerTests.verdict(bytes)
            let pieces = RecordScannerTests.verdict(bytes, step: Int.random(in: 1...20, using: &dice))
            let isWellFormed = WellFormedRequest.holds(bytes)
            if isWellFormed { stillGood += 1 }
            guard whole == pieces, (whole == .complete) == isWellFormed else {
                Issue.record("seed \(seed): whole \(whole), in pieces \(pieces), well-formed \(isWellFormed): \(bytes)")
                return
            }
        }
        // Else the test would not test the one half of what it says.
        #expect(stillGood > 100)
    }
}
