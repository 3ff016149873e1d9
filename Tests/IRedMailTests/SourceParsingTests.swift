import Foundation
import Support
import Testing

@testable import IRedMail

/// What is understood of a client's output, and what is refused.
struct SourceParsingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func rows(_ format: RowReader.Format, _ bytes: some Sequence<UInt8>) throws -> [[String?]] {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(directory.path)/output"))
        let script = "cat \(directory.path)/output; echo 'no\tluck' >&2; exit 3"
        var reader = RowReader(format, try ClientProcess(["sh"], ["-c", script], environment: ["PATH=/usr/bin:/bin"]))
        var rows: [[String?]] = []
        while let row = try reader.next(["a": 0, "b": 1], count: 2) { rows.append([row["a"], row["b"]]) }
        return rows
    }

    @Test func batchRowsTellNullFromTexts() throws {
        let text = "=NULL\t-\n=-\t=\n=a\\tb\\nc\\\\n\t=Zoë 🦔\n==x\t=\\0\n=end\n"
        #expect(try rows(.batch, text.utf8) == [["NULL", nil], ["-", ""], ["a\tb\nc\\n", "Zoë 🦔"], ["=x", "\0"]])
    }

    @Test func csvRowsTellNullFromTexts() throws {
        let text = "NULL,\n\"\",\"a,b\"\n\"one \"\"two\"\"\nthree\",\\N\nend\n"
        #expect(try rows(.csv, text.utf8) == [["NULL", nil], ["", "a,b"], ["one \"two\"\nthree", "\\N"]])
    }

    @Test(arguments: [[0xff, 0x61], [0x61, 0x00], [0xc3]] as [[UInt8]])
    func whatIsNoTextIsAFlaw(_ bytes: [UInt8]) {
        let row = SourceRow(
            names: ["a": 0, "b": 1, "c": 2], bytes: [0x61] + bytes, fields: [0..<1, 1..<1 + bytes.count, nil])
        #expect(row.flaw == "b")
        #expect(SourceRow(names: ["a": 0, "c": 1], bytes: [0x61], fields: [0..<1, nil]).flaw == nil)
    }

    @Test(
        arguments: [
            (.batch, ""), (.batch, "=a\t=b\n"), (.batch, "=a\t=b\n=half"), (.batch, "=a\t=b\n=half\\"),
            (.csv, ""), (.csv, "a,b\n"), (.csv, "a,b\n\"open,\nend\n"),
        ] as [(RowReader.Format, String)])
    func anOutputThatEndsTooEarlyIsOneErrorWithTheReason(_ format: RowReader.Format, _ text: String) {
        #expect { try rows(format, text.utf8) } throws: { error in
            "\(error)" == "sh ended with status 3 before it had told everything: no\tluck"
        }
    }

    @Test(
        arguments: [
            (.batch, "a\t=b\n", "a field that was not asked for"), (.batch, "=a\t=b\t=c\n", "3 columns where 2"),
            (.batch, "=a\t--\n", "a field that was not asked for"),
            (.batch, "=\\x\t=b\n", "an escape that is not known"),
            (.csv, "a,b,c\n", "3 columns where 2"), (.csv, "a,b\nend of it\n", "1 columns where 2"),
            (.csv, "\n", "1 columns where 2"), (.batch, "=1\n", "1 columns where 2"),
            (.batch, "-\n", "1 columns where 2"), (.csv, "\"a\"b,c\n", "text behind a closing quote"),
        ] as [(RowReader.Format, String, String)])
    func anOutputThatIsNoTableIsRefused(_ format: RowReader.Format, _ text: String, _ reason: String) {
        #expect { try rows(format, text.utf8) } throws: { error in "\(error)".contains(reason) }
    }

    /// A terminal takes U+009B for the beginning of a command, too.
    @Test func noControlCharacterReachesATerminal() {
        let finding = SourceFinding(kind: .leftOut, table: "mailbox", name: "a\u{1b}[2J\u{9b}2J\tb\r", reason: "Zoë\n")
        #expect(finding.description == "left-out\tmailbox\ta?[2J?2J?b?\tZoë?")
    }

    @Test func aMissingClientIsSaid() throws {
        let server = try SourceServer(mysql: "", environment: ["PATH=\(directory.path)"])
        #expect { try server.session("vmail") } throws: { error in
            "\(error)" == "there is no program mariadb or mysql in PATH: install it"
        }
    }

    @Test(
        arguments: [
            "-psecret", "--password=secret", "--pass=secret", "--execute=DROP", "vmail", "--user root", "--force",
        ])
    func optionsThatDoNotReachAServerAreRefused(_ option: String) {
        #expect { try SourceServer(mysql: option, environment: []) } throws: { error in !"\(error)".contains("secret") }
    }

    @Test(
        arguments: [
            "host=h password=secret", "host=h password = secret", "postgresql://root:secret@h/",
            "postgres://h/?password=secret",
        ])
    func connectionStringsWithPasswordsAreRefused(_ text: String) {
        #expect { try SourceServer(postgresql: text, environment: []) } throws: { error in
            "\(error)".contains("passfile") && !"\(error)".contains("secret")
        }
    }

    /// `mysql` takes a file of defaults first only; of several names of a database the last holds.
    @Test func theDatabaseIsNamedLast() throws {
        let mysql = try SourceServer(mysql: "--user=root --defaults-extra-file=/f", environment: []).command(
            for: "vmail")
        #expect(mysql.arguments.prefix(3) == ["--defaults-extra-file=/f", "--user=root", "--batch"])
        #expect(mysql.arguments.last == "--database=vmail")
        // Without it a client obeys `\!` in what it is sent.
        #expect(mysql.arguments.contains("--binary-mode"))
        for (text, expected) in [
            ("host=/run user=postgres", "host=/run user=postgres dbname=vmail"),
            ("postgresql://h/x", "postgresql://h/x?dbname=vmail"),
            ("postgresql://h/?user=u", "postgresql://h/?user=u&dbname=vmail"),
        ] {
            #expect(
                try SourceServer(postgresql: text, environment: []).command(for: "vmail").arguments.last == expected)
        }
    }

    @Test(
        arguments: [
            ("2024-02-29 01:02:03.456", "2024-02-29 01:02:03"), ("0000-00-00 00:00:00", "1970-01-01 01:01:01"),
            ("9999-12-31 01:01:01", "9999-12-31 00:00:00"), ("infinity", "9999-12-31 00:00:00"),
            ("-infinity", "1970-01-01 01:01:01"), ("20000-01-01 00:00:00", "9999-12-31 00:00:00"),
            ("0044-03-15 00:00:00 BC", "1970-01-01 01:01:01"), ("12044-03-15 00:00:00 BC", "1970-01-01 01:01:01"),
            ("2024-01-02", "1970-01-01 01:01:01"), ("", "1970-01-01 01:01:01"),
            ("2024-13-01 00:00:00", "1970-01-01 01:01:01"),
            ("2024-01-02 25:00:00", "1970-01-01 01:01:01"),
        ])
    func timesAreStoredInOneShape(_ text: String, _ stored: String) { #expect(SourceTime.stored(text) == stored) }

    @Test(
        arguments: [("2027-01-31", "2027-01-31"), ("0000-00-00", nil), ("infinity", nil), ("0001-01-01", nil)]
            as [(String, String?)])
    func datesAreThereOrNot(_ text: String, _ stored: String?) { #expect(SourceTime.date(text) == stored) }
}
