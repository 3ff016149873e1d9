import Foundation
import Support
import Testing

extension IntegrationTests {
    /// The program as its operator meets it.
    struct CommandLineTests {
        private let directory: TemporaryDirectory
        private var state: String { "\(directory.path)/state" }

        init() throws { directory = try TemporaryDirectory() }

        private func initialise(_ options: [String] = [], input: String = "") throws -> Program.Result {
            try PosternProgram.run(
                ["init", "--state", state, "--admin", "postmaster@admin.example"] + options, input: input)
        }

        /// Whatever the caller's umask: the mail programs have to get through.
        @Test func theDirectoriesAboveAStateAreOpenToTheMailPrograms() throws {
            let path = "\(directory.path)/srv/mail/postern"
            let result = try Program.run(
                "/bin/sh",
                [
                    "-c", "umask 077; exec \"$0\" init --state \"$1\" --admin postmaster@admin.example",
                    PosternProgram.command, path,
                ],
                limit: .seconds(20))
            #expect(result.status == 0, "\(result.errorOutput)")
            for part in ["srv", "srv/mail", "srv/mail/postern"] {
                let file = "\(directory.path)/\(part)"
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o755, "\(part)")
            }
        }

        @Test func aShortPasswordIsMadeWithAWarning() throws {
            let settings = try directory.write("settings.py", "max_passwd_length = 9\nmin_passwd_length = 1\n")
            let result = try initialise(["--settings", settings])
            #expect(result.status == 0)
            #expect(result.errorOutput.contains("this password has 9 characters only"))
            #expect(
                try !PosternProgram.run(
                    ["init", "--state", "\(state)2", "--admin", "postmaster@admin.example"]).errorOutput.contains(
                        "only"))
        }

        private static func commands() throws -> [String] {
            try PosternProgram.succeed(["--help"]).split(separator: "\n")
                .filter { $0.hasPrefix("  ") && !$0.hasPrefix("  help ") }
                .compactMap { $0.split(separator: " ").first.map(String.init) }
        }

        @Test func helpShowsThePageForOperatorsAndTheSettings() throws {
            let page = try PosternProgram.succeed(["help", "operating"])
            #expect(page.hasPrefix("# Operating\n"))
            let section = try PosternProgram.succeed(["help", "operating", "10"])
            #expect(section.hasPrefix("## 10. ") && page.contains(section.dropLast()))
            #expect(section.contains("### 10.1 ") && !section.contains("## 11. "))
            #expect(try PosternProgram.succeed(["help", "operating", "10.1"]).hasPrefix("### 10.1 "))
            #expect(page.contains(try PosternProgram.succeed(["help", "settings"]).dropLast()))
        }

        @Test func everyCommandHasHelpThatNamesItsOptions() throws {
            let commands = try Self.commands()
            #expect(Set(["serve", "init", "check", "routes", "print-config"]).isSubset(of: commands))
            let options = [
                "serve": ["--state", "--settings", "--socket", "--listen"],
                "init": ["--state", "--settings", "--admin", "--password-stdin"], "check": ["--state", "--settings"],
                "print-config": ["--state", "--settings", "--output", "postfix|dovecot|amavisd|nginx"],
            ]
            for command in commands {
                let help = try PosternProgram.succeed([command, "--help"])
                #expect(help.contains("Usage: postern \(command)"))
                for option in (options[command] ?? []) + ["--help"] { #expect(help.contains(option), "\(command)") }
                #expect(try PosternProgram.succeed(["help", command]) == help)
            }
        }

        @Test(arguments: [
            ["nonsense"], ["--nonsense"], ["serve", "--nonsense"], ["check", "extra"], ["routes", "--nonsense"],
            ["init"], ["init", "--admin"], ["init", "--admin", "nobody"],
            ["init", "--admin", "a@b.example", "--password-stdin=x"],
            ["print-config"], ["print-config", "sendmail"], ["print-config", "nginx", "postfix"],
            ["print-config", "dovecot", "--dovecot", "2.2"], ["print-config", "postfix", "--dovecot", "2.4"],
            ["help", "nonsense"], ["help", "operating", "99"], ["help", "operating", "1", "2"], ["help", "init", "1"],
        ])
        func whatCannotBeUnderstoodIsRefusedInOneLine(_ arguments: [String]) throws {
            let result = try PosternProgram.run(arguments)
            #expect(result.status == 64)
            #expect(result.output == "")
            #expect(result.errorOutput.split(separator: "\n").count == 1)
            #expect(result.errorOutput.contains("--help"))
        }

        @Test func theVersionIsOneLine() throws {
            let said = try PosternProgram.succeed(["--version"])
            #expect(said.wholeMatch(of: /postern [0-9]+\.[0-9]+\.[0-9]+\n/) != nil, "\(said)")
        }

        @Test(arguments: [
            (["postern", ""], ["serve", "init", "print-config", "--version"]), (["postern", "se"], ["serve"]),
            (["postern", "help", "pur"], ["purge"]), (["postern", "help", "op"], ["openapi", "operating"]),
            (["postern", "print-config", "post"], ["postfix"]),
            (["postern", "admin", ""], ["list", "create", "password", "delete", "--state", "--help"]),
            (["postern", "serve", "--s"], ["--state", "--settings", "--socket"]),
            (["postern", "serve", "--settings", "/etc/pass"], ["/etc/passwd"]),
            (["postern", "init", "--admin", ""], []),
        ])
        func bashCompletes(_ words: [String], _ expected: [String]) throws {
            let completion = try directory.write(
                "completion", try PosternProgram.succeed(["print-config", "completion"]))
            let script = """
                source \(completion)
                COMP_WORDS=("$@")
                COMP_CWORD=$(($# - 1))
                _postern 2>/dev/null
                printf '%s\n' "${COMPREPLY[@]}"
                """
            let result = try Program.run("/bin/bash", ["-c", script, "bash"] + words)
            let offered = Set(result.output.split(separator: "\n").map(String.init))
            #expect(offered.isSuperset(of: expected), "\(offered)")
            #expect(!expected.isEmpty || offered.isEmpty, "\(offered)")
        }

        @Test func printedSettingsAreReadAsTheDefaults() throws {
            let file = try directory.write("settings.py", try PosternProgram.succeed(["print-config", "settings"]))
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("\n#ENABLE_RESTFUL_API = False\n"))
            try #require(try initialise(["--password-stdin"], input: "Given-pw-1\n").status == 0)
            let check = try PosternProgram.succeed(["check", "--state", state, "--settings", file])
            #expect(check.contains("SESSION_TIMEOUT = 1800  (default)"))
        }

        @Test func theManualNamesEveryCommandAndOption() throws {
            let manual = try PosternProgram.succeed(["print-config", "manual"])
            #expect(manual.hasPrefix(".TH POSTERN 8 "))
            for command in try Self.commands() {
                #expect(manual.contains("\n.SS postern \(command.replacing("-", with: "\\-"))"), "\(command)")
            }
            #expect(manual.contains("\n.B \\-\\-settings FILE\n"))
        }

        @Test func routesAreMethodPathAccessAndSummary() throws {
            let lines = try PosternProgram.succeed(["routes"]).split(separator: "\n")
            #expect(lines.contains("POST /api/login open Begins a session."))
            for line in lines {
                let words = line.split(separator: " ", maxSplits: 3)
                try #require(words.count == 4)
                #expect(["GET", "POST", "PUT", "DELETE"].contains(words[0]))
                #expect(words[1].hasPrefix("/api/"))
                #expect(words[2].allSatisfy { $0.isLowercase || $0 == "-" })
                #expect(words[3].hasSuffix("."), "\(line)")
            }
        }

        @Test func initTakesThePasswordFromItsInput() throws {
            let result = try initialise(["--password-stdin"], input: "Given-pw-1\nmore\n")
            #expect(result.status == 0)
            #expect(!result.output.contains("Given-pw-1") && !result.output.contains("Password"))
        }

        @Test(arguments: [
            ("weak", "PW_SHORTER_THAN_MIN_LENGTH"), ("", "PW_EMPTY"), ("lower-case-1", "PW_NO_UPPERCASE"),
        ])
        func initRefusesAWeakPasswordAndMakesNothing(_ password: String, _ word: String) throws {
            let result = try initialise(["--password-stdin"], input: "\(password)\n")
            #expect(result.status == 65)
            #expect(result.errorOutput.contains(word))
            #expect(result.errorOutput.split(separator: "\n").count == 1)
            #expect(!FileManager.default.fileExists(atPath: state))
        }

        @Test func initLeavesAnExistingStateAlone() throws {
            try #require(try initialise(["--password-stdin"], input: "Given-pw-1\n").status == 0)
            let file = URL(fileURLWithPath: "\(state)/vmail/vmail.db")
            let before = try Data(contentsOf: file)
            for _ in 0..<2 {
                let result = try initialise(["--password-stdin"], input: "Other-pw-1\n")
                #expect(result.status == 65)
                #expect(result.errorOutput.contains("exists: a state is made only where there is none"))
            }
            #expect(try Data(contentsOf: file) == before)
            // One part of a state is enough to be left alone.
            try FileManager.default.removeItem(atPath: "\(state)/vmail")
            #expect(try initialise(["--password-stdin"], input: "Other-pw-1\n").status == 65)
            #expect(!FileManager.default.fileExists(atPath: "\(state)/vmail"))
        }

        @Test func checkTellsSoundFromUnsound() throws {
            let nowhere = try PosternProgram.run(["check", "--state", state])
            #expect(nowhere.status == 65)
            #expect(nowhere.output.contains("vmail/vmail.db: missing"))
            #expect(!FileManager.default.fileExists(atPath: state))

            try #require(try initialise(["--password-stdin"], input: "Given-pw-1\n").status == 0)
            let sound = try PosternProgram.run(["check", "--state", state])
            #expect(sound.status == 0)
            #expect(sound.output.contains("SESSION_TIMEOUT = 1800  (default)"))

            let settings = try directory.write("settings.py", "SESSION_TIMEOUT = 60\n")
            let named = try PosternProgram.succeed(["check", "--state", state, "--settings", settings])
            #expect(named.contains("SESSION_TIMEOUT = 60  (\(settings):1)"))
            try directory.write("settings.py", "SESSION_TIMEOUT = soon\n")
            let unreadable = try PosternProgram.run(["check", "--state", state, "--settings", settings])
            #expect(unreadable.status == 78)
            #expect(unreadable.errorOutput.contains("\(settings):1: SESSION_TIMEOUT"))

            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(state)/api/api.db")
            let open = try PosternProgram.run(["check", "--state", state])
            #expect(open.status == 65)
            #expect(open.output.contains("api.db has mode 644 instead of 600"))
        }

        @Test(arguments: [
            ("postfix", ["postern-main.cf", "postern-master.cf", "sqlite-virtual-mailbox-maps.cf"]),
            ("dovecot --dovecot 2.3", ["postern.conf", "dovecot-sql.conf.ext"]),
            ("dovecot --dovecot=2.4", ["postern.conf"]), ("amavisd", ["50-postern"]),
            ("nginx", ["postern-http.conf", "postern-locations.conf"]),
        ])
        func configurationIsPrintedOrWritten(_ program: String, _ names: [String]) throws {
            let words = ["print-config"] + program.split(separator: " ").map(String.init) + ["--state", state]
            let printed = try PosternProgram.succeed(words)
            let output = "\(directory.path)/out"
            let written = try PosternProgram.succeed(words + ["--output", output])
            for name in names {
                #expect(printed.contains("# ----- \(name)\n"))
                #expect(written.contains("\(output)/\(name)\n"))
                #expect(FileManager.default.fileExists(atPath: "\(output)/\(name)"))
            }
            #expect(!FileManager.default.fileExists(atPath: state), "printing makes no state")
        }

        @Test(.enabled(if: DovecotServer.isInstalled, "needs dovecot"))
        func forDovecotTheInstalledOneIsAsked() throws {
            let asked = try PosternProgram.succeed(["print-config", "dovecot", "--state", state])
            let short = DovecotServer.version.split(separator: ".").prefix(2).joined(separator: ".")
            #expect(
                asked
                    == (try PosternProgram.succeed(["print-config", "dovecot", "--state", state, "--dovecot", short])))
        }

        @Test(.enabled(if: Sandbox.isAllowed, "needs overlay mounts"))
        func withoutADovecotItSaysWhatToDo() throws {
            let sandbox = try Sandbox()
            try sandbox.succeed(["/usr/bin/rm", "-f", "/usr/sbin/dovecot"])
            let refused = try sandbox.run([Sandbox.binary, "print-config", "dovecot"])
            #expect(refused.status == 78 && refused.output == "")
            #expect(
                refused.errorOutput.contains("choose with --dovecot 2.3 or --dovecot 2.4, or install dovecot-imapd"))
            try sandbox.write("/usr/sbin/dovecot", "#!/bin/sh\necho 2.2.36 '(1f10bfa63)'\n")
            try sandbox.succeed(["/usr/bin/chmod", "755", "/usr/sbin/dovecot"])
            let old = try sandbox.run([Sandbox.binary, "print-config", "dovecot"])
            #expect(old.status == 78 && old.errorOutput.contains("there are no files for Dovecot 2.2.36"))
            #expect(try sandbox.run([Sandbox.binary, "print-config", "dovecot", "--dovecot", "2.4"]).status == 0)
        }
    }
}
