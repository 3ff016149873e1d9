import Support
import Testing

@testable import IRedMail

/// What is understood of LDIF, however it comes, and what is refused.
struct LDIFReaderTests {
    private func read(_ text: String, pieces: Int = .max) throws -> [DirectoryEntry] {
        var rest = Array(text.utf8)[...]
        var reader = try LDIFReader {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            return piece
        }
        var entries: [DirectoryEntry] = []
        while let entry = try reader.nextEntry() { entries.append(entry) }
        return entries
    }

    private static let text = """
        version: 1
        # A comment that
          is continued
        dn: cn=One,
         o=x
        objectClass: person
        CN:One
        cn;lang-de:   Eins
        mail: a long@
         a.exam
         ple
        mail:: WsO2w6s=
        jpegPhoto:: /9j/4AAQ
         SkZJRg==
        # Inside an entry


        dn:: Y249VHfDtixvPXg=
        description:
        cn: : Two

        # search result
        search: 2
        result: 0 Success

        # numResponses: 3

        """

    @Test func whereAPieceEndsDoesNotMatter() throws {
        for text in [Self.text, Self.text.replacing("\n", with: "\r\n")] {
            for pieces in Array(1...40) + [.max] {
                let entries = try read(text, pieces: pieces)
                #expect(entries.map(\.dn) == ["cn=One,o=x", "cn=Twö,o=x"], "\(pieces)")
                #expect(entries.first?[all: .cn] == ["One", "Eins"], "\(pieces)")
                #expect(entries.first?[all: .mail] == ["a long@a.example", "Zöë"], "\(pieces)")
                #expect(entries.first?.others == ["jpegphoto"], "\(pieces)")
                #expect(entries.last?[all: .description] == [""], "\(pieces)")
                #expect(entries.last?[.cn] == ": Two", "\(pieces)")
            }
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        var random = SeededNumbers()
        let letters = Array(" :<#,\\\"=;azAZ09äßЖ張👍🏽é\u{301}\u{A0}\r\n\t")
        for _ in 0..<200 {
            let values = (0..<3).map { _ in
                String((0..<Int.random(in: 0...120, using: &random)).map { _ in random.pick(letters) })
            }
            let name = "cn=\(Int.random(in: 0...999, using: &random)),o=x"
            let entries = try read(
                LDIFRecord.text(name, values.map { ("disclaimer", $0) }), pieces: Int.random(in: 1...50, using: &random)
            )
            #expect(entries.count == 1, "seed \(random.seed)")
            #expect(entries.first?.dn == name, "seed \(random.seed)")
            #expect(entries.first?[all: .disclaimer] == values, "seed \(random.seed)")
        }
    }

    @Test func bytesThatAreNoTextAreAFlaw() throws {
        for (value, flaw) in [("/w==", .cn), ("YQBi", .cn), ("w6Q=", nil)] as [(String, DirectoryAttribute?)] {
            #expect(try read("dn: o=x\ncn:: \(value)\n\n").first?.flaw == flaw, "\(value)")
        }
        // Of an attribute that nobody reads it does not matter.
        #expect(try read("dn: o=x\njpegPhoto:: /w==\n\n").first?.flaw == nil)
    }

    @Test(
        arguments: [
            ("cn: One\n", "line 1 of the LDIF is in no entry"),
            ("dn: o=x\nno colon\n", "line 2 of the LDIF has no name of an attribute"),
            ("dn: o=x\n;lang-de: x\n", "line 2 of the LDIF has no name of an attribute"),
            ("dn: o=x\ncn: One\ndn: o=y\n", "begins an entry inside of another one"),
            ("dn: o=x\nchangetype: add\ncn: One\n\n", "belongs to a change"),
            ("dn: o=x\ncontrol: 1.2.3 true\n", "belongs to a change"),
            ("dn: o=x\ncn:< file:///etc/shadow\n", "names a file or URL"),
            ("dn: o=x\ncn:: a*b\n", "is no base64"),
            ("dn: o=x\ncn: On", "the LDIF ends in the middle of line 2"),
            ("dn: o=x\ncn: One\n", "the LDIF ends in the middle of an entry"),
            ("dn: o=x\ncn: One\n\n# refldap://other.example/o=y\n\n", "line 4 of the LDIF says that another directory"),
            ("dn: o=x\ncn: One\n\nsearch: 2\nresult: 3 Time limit exceeded\n", "did not give everything: 3 Time limit"),
        ])
    func whatIsNoContentIsRefused(_ text: String, _ reason: String) throws {
        #expect { try read(text) } throws: { error in "\(error)".contains(reason) }
    }
}
