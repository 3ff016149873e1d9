import Foundation
import Support
import Testing

/// `postern import iredmail` of a directory, as an operator runs it.
@Suite(
    .enabled(
        if: OpenLDAPServer.isInstalled && TestedProgram.path != nil, "needs the program, slapd, ldap-utils"),
    .serialized)
struct DirectoryCommandTests {
    private let files: TemporaryDirectory
    private let state: ImportingState

    init() throws {
        files = try TemporaryDirectory()
        state = try ImportingState()
    }

    private func server() throws -> OpenLDAPServer {
        let server = try OpenLDAPServer(filledWith: DirectoryEntries(hashes: try DirectoryEntries.hashes()))
        try server.start()
        return server
    }

    private func importing(_ options: [String], input: String = "") throws -> Program.Result {
        try state.run(["import", "iredmail"] + options, input: input)
    }

    private func password(_ text: String = OpenLDAPServer.readersPassword) throws -> [String] {
        ["--password-file", try files.writeSecret("password", text)]
    }

    @Test func itIsToldOfFirstAndTakenOnce() throws {
        let server = try server()
        let entries = try server.text()
        let before = try state.export()
        let options = server.options() + (try password())

        let told = try importing(options)
        #expect(told.status == 0, "\(told.errorOutput)")
        #expect(told.output.contains("\nleft-out\tmailbox\to'brien@d1.example\tit is no mail address\n"))
        #expect(told.output.hasSuffix("Nothing was changed. With --apply it is taken into \(state.path).\n"))
        #expect(try state.export() == before)

        let done = try importing(options + ["--apply"])
        #expect(done.status == 0, "\(done.errorOutput)")
        let after = try state.export()
        #expect(after.contains("\"team@d39.example\""))
        #expect(after.contains("boss@outside.example"))
        // Its text is the same server, also through a pipe.
        let file = try files.write("directory.ldif", entries)
        for (place, input) in [(file, ""), ("-", entries)] {
            let again = try importing(["--ldif", place, "--apply"], input: input)
            #expect(again.status == 0, "\(again.errorOutput)")
            #expect(again.output.hasSuffix("0 parts with 0 rows, and 0 rows of history, are in \(state.path).\n"))
        }
        #expect(try importing(options).output.hasSuffix("All of it is there.\n"))
        #expect(try state.export() == after)
        #expect(try server.text() == entries)
    }

    @Test func thePasswordMayEndWithALine() throws {
        let server = try server()
        for end in ["", "\n", "\r\n"] {
            let result = try importing(
                server.options() + (try password(OpenLDAPServer.readersPassword + end)) + ["--only", "d1.example"])
            #expect(result.status == 0, "\(end.debugDescription): \(result.errorOutput)")
        }
    }

    /// One clear error, and nothing is changed.
    private func refuses(_ options: [String], input: String = "", _ status: Int32, _ reason: String) throws {
        let before = try state.export()
        let result = try importing(options + ["--apply"], input: input)
        #expect(result.status == status, "\(options)")
        #expect(result.errorOutput.contains(reason), "\(result.errorOutput)")
        #expect(result.errorOutput.split(separator: "\n").count == 1, "\(result.errorOutput)")
        #expect(!result.errorOutput.contains(OpenLDAPServer.readersPassword))
        #expect(try state.export() == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(state.path)/api")
        #expect(!left.contains { $0.hasPrefix("staged-") })
    }

    @Test func aDirectoryThatDoesNotGiveEverythingIsRefused() throws {
        let server = try server()
        let password = try password()
        try refuses(
            server.options() + ["--password-file", files.writeSecret("wrong", "wrong")], 74, "Invalid credentials (49)")
        try refuses(server.options(below: "o=elsewhere,\(OpenLDAPServer.base)") + password, 74, "No such object (32)")
        try refuses(server.options(below: OpenLDAPServer.domainAdmins) + password, 74, "no entry of a mailDomain")
        try refuses(server.options(as: OpenLDAPServer.limitedReader) + password, 74, "Size limit exceeded (4)")
        try refuses(["--ldap", server.url, "--base", OpenLDAPServer.base], 74, "ldapsearch")
        let open = try files.write("open", OpenLDAPServer.readersPassword)
        try refuses(server.options() + ["--password-file", open], 64, "can be read by others: chmod 600 \(open)")
        try refuses(server.options() + ["--password-file", "\(files.path)/none"], 64, "cannot open \(files.path)/none")
        server.stop()
        try refuses(server.options() + password, 74, "Can't contact LDAP server (-1)")
    }

    @Test func aTextThatIsNoDirectoryIsRefused() throws {
        let text = DirectoryEntries(hashes: try DirectoryEntries.hashes()).text
        let head = text.prefix(20_000)
        let first = text.prefix { $0 != "\n" }
        for (name, text, reason) in [
            (
                "half a line", String(head.dropLast(head.reversed().prefix { $0 != "\n" }.count) + "objectCl"),
                "the LDIF ends in the middle of line"
            ),
            ("a program", "\u{7f}ELF\u{2}\u{1}\n\n\n", "line 1 of the LDIF has no name of an attribute"),
            ("JSON", "{\"dn\": 1}\n", "line 1 of the LDIF is in no entry"),
            ("a change", "\(first)\nchangetype: delete\n\n", "line 2 of the LDIF belongs to a change"),
            (
                "a URL", "\(first)\nobjectClass: mailDomain\njpegPhoto:< file:///etc/passwd\n\n",
                "line 3 of the LDIF names a file or URL"
            ),
            ("bad base64", "\(first)\nmail:: ä!\n\n", "line 2 of the LDIF has a value of mail that is no base64"),
            ("nothing", "", "there is no entry of a mailDomain"),
            (
                "no end of ldapsearch",
                "\(first)\nobjectClass: mailDomain\n\nsearch: 2\nresult: 4 Size limit exceeded\n\n",
                "line 5 of the LDIF says that the directory did not give everything"
            ),
        ] {
            let file = try files.write("text.ldif", text)
            try refuses(["--ldif", file], 74, reason)
            try refuses(["--ldif", "-"], input: text, 74, reason)
            #expect(!name.isEmpty)
        }
        try refuses(["--ldif", "\(files.path)/none"], 64, "cannot open \(files.path)/none")
        try refuses(["--ldif", files.path], 74, "cannot read \(files.path)")
    }

    /// Neither in one line nor in many that continue one.
    @Test func aLineWithoutEndDoesNotFillTheMemory() throws {
        let file = "\(files.path)/long.ldif"
        for command in [
            "{ echo 'dn: o=x'; printf 'description: '; head -c 73400320 /dev/zero | tr '\\0' x; echo; echo; }",
            "{ echo 'dn: o=x'; printf 'description: '; yes ' \(String(repeating: "m", count: 100))' | head -n 100000; echo; }",
        ] {
            let made = try Program.run("/bin/sh", ["-c", "\(command) > \(file)"], limit: .seconds(30))
            #expect(made.status == 0)
            try refuses(["--ldif", file], 74, "of the LDIF is longer than 8 MiB")
        }
    }

    @Test(
        arguments: [
            (["--ldap", "ldapi:///"], "below what is the directory to be read?"),
            (["--ldap", "http://h", "--base", "o=x"], "is no URL of a directory"),
            (["--ldap", "ldapi:///", "--base", "o=x", "--bind", "cn=x"], "who reads the directory needs both"),
            (["--ldap", "ldapi:///", "--base", "o=x", "--ldif", "f"], "how is the iRedMail server reached"),
            (["--ldif", "f", "--postgresql", "host=h"], "how is the iRedMail server reached"),
            (["--ldif", "/dev/null", "--mysql", "--password=secret"], "can be read by everybody"),
        ] as [([String], String)])
    func whatIsNotUnderstoodIsSaid(_ options: [String], _ reason: String) throws {
        let result = try importing(options)
        #expect(result.status == 64)
        #expect(result.errorOutput.contains(reason), "\(result.errorOutput)")
        #expect(!result.errorOutput.contains("secret"))
    }
}
