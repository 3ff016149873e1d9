import Testing

@testable import postern

struct DomainProofTests {
    private static let code = "iredmail-domain-verification-aB3dE5gH7jK9mN1pQ2rS"

    private func proof(_ texts: String...) -> DomainProof {
        DomainProof(texts: texts.map { Array($0.utf8) }, code: Self.code)
    }

    @Test func oneRecordThatIsTheCodeProves() {
        #expect(proof(Self.code) == .proven)
        #expect(proof("v=spf1 -all", Self.code, "other") == .proven)
        #expect(proof(" \t\(Self.code)\r\n ") == .proven)
    }

    @Test(arguments: [
        "", " ", "iredmail-domain-verification-", "\(code)x", "x\(code)", "\"\(code)\"", "code=\(code)",
        "\(code) \(code)",
        String(code.dropLast()), code.lowercased(), code.uppercased(), "\(code)\0",
        "iredmail-domain-verification- aB3dE5gH7jK9mN1pQ2rS",
    ])
    func nothingElseDoes(_ text: String) {
        #expect(proof(text) == .missing("no TXT record with the code"))
    }

    @Test func withoutARecordItIsSaid() { #expect(proof() == .missing("no TXT record")) }

    @Test func bytesThatAreNoTextProveNothing() {
        #expect(DomainProof(texts: [[255, 0, 195]], code: Self.code) == .missing("no TXT record with the code"))
    }

    @Test(arguments: ["", " "])
    func withoutACodeNothingIsProven(_ code: String) {
        for text in ["", " ", "x"] {
            #expect(DomainProof(texts: [Array(text.utf8)], code: code) == .missing("no TXT record with the code"))
        }
    }

    @Test func noLineOfTheLogHasTheCode() {
        for proof in [proof(Self.code), proof("x"), proof(), .unknown("a.test TXT: SERVFAIL")] {
            #expect(!"\(proof) \(proof.message)".contains(Self.code))
        }
    }
}
