import PasswordHash
import Testing

struct SHA256Tests {
    /// FIPS 180-4's example.
    @Test func isAsPublished() {
        #expect(
            SHA256.hex("abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func ofPiecesIsThatOfTheWhole() throws {
        let running = try #require(IncrementalSHA256())
        for piece in ["a", "", "bc"] { running.add(Array(piece.utf8)) }
        #expect(running.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
