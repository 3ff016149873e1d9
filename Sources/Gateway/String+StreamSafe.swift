extension String {
    /// Whether no more than 30 combining marks follow each other, as in Unicode's Stream-Safe Text Format (UAX #15).
    ///
    /// Two texts are compared, and names are looked up, in their normal form, for which each run of marks is sorted: that
    /// takes a time that grows with the square of its length, seconds for a body full of them. No writing needs 30.
    package var isStreamSafe: Bool {
        var text = self
        let isASCII = text.withUTF8 { $0.reduce(0, |) < 0x80 }
        if isASCII { return true }
        var run = 0
        for scalar in unicodeScalars {
            // The first mark is U+0300.
            if scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered {
                run = 0
            } else {
                run += 1
                guard run <= 30 else { return false }
            }
        }
        return true
    }
}
