import Glibc

/// The program: finds the subcommand and runs it.
///
/// Each subcommand is a type that conforms to `Command`. This module alone reads the command line, the environment and
/// the settings file, and puts the other modules together:
/// - `Serve` is the server; `Service` has the threads behind the API, `ServiceManager` speaks to systemd.
/// - The operator's tools (`AdminCommand`, `Purge`, `SPFRefresh` and others) send requests through `OperatorChannel`.
/// - `StateDirectory` and `DatabaseDirectory` are the files of a state with their owners, modes and locks;
///   `BackupDirectory` is a backup of them.
@main
struct Postern {
    static var commands: [any Command.Type] {
        [
            Serve.self, Init.self, Check.self, Routes.self, OpenAPICommand.self, PrintConfig.self, AdminCommand.self,
            UserCommand.self,
            Purge.self, Backup.self, Restore.self, Move.self, Export.self, Import.self, SPFRefresh.self,
            VerifyDomains.self, Lists.self, Status.self,
        ]
    }

    static func main() {
        var words = Array(CommandLine.arguments.dropFirst())
        let name = words.isEmpty ? "--help" : words.removeFirst()
        if ["--help", "-h", "help"].contains(name) {
            do throws(UsageError) {
                return say(try Help.text(for: words))
            } catch {
                fail("\(error.reason); postern --help lists them", code: .usage)
            }
        }
        if name == "--version" { return say("postern \(Version.text)") }
        guard let command = commands.first(where: { $0.name == name }) else {
            fail("there is no command \(name); postern --help lists them", code: .usage)
        }
        do {
            let arguments = try Arguments(words, for: command)
            if arguments.asksForHelp { return say(command.help) }
            try command.run(arguments)
        } catch {
            let (reason, code) = diagnosis(of: error, name)
            report("\(name): \(reason)", .error)
            exit(command.exitStatus(after: error, usual: code))
        }
    }

    private static func diagnosis(of error: any Error, _ name: String) -> (reason: String, code: ExitCode) {
        switch error {
        case let error as UsageError: ("\(error.reason); see postern \(name) --help", .usage)
        case let error as OperatorChannel.Refusal: ("refused: \(error.word)", .failure)
        case let error as StateDirectory.Locked: ("\(error)", .configuration)
        case let error as ExitError: (error.reason, error.code)
        default: ("\(error)", .failure)
        }
    }

    /// One line or page on standard output.
    static func say(_ text: String) {
        print(text)
    }

    /// One line on standard error, which is the operator's log.
    static func report(_ line: String) { report(line, .notice) }

    static func report(_ line: String, _ priority: StandardError.Priority) {
        // Control characters could forge further lines, or move a terminal's cursor: `Security.md` C4.
        let clean = String(line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : Character($0) })
        StandardError.write(Array("\(StandardError.prefix(priority))\(clean)\n".utf8))
    }

    /// Shows the progress of a long job in one line, on a terminal only.
    static func progress(_ number: Int, of count: Int) {
        guard isatty(STDOUT_FILENO) == 1 else { return }
        print("\r\(number)/\(count)", terminator: number == count ? "\n" : "")
        fflush(nil)
    }

    private static func fail(_ reason: String, code: ExitCode) -> Never {
        report(reason, .error)
        exit(code.rawValue)
    }
}

/// Exit statuses: `Operating.md` 13. From 64 on they are those of sysexits.h.
enum ExitCode: Int32 {
    case failure = 1
    case usage = 64
    case unusableData = 65
    case inputOutput = 74
    case configuration = 78
}

/// Ends the program with one line and a status.
struct ExitError: Error {
    let reason: String
    let code: ExitCode

    init(_ reason: String, code: ExitCode = .failure) {
        self.reason = reason
        self.code = code
    }
}

/// The command line is not understood.
struct UsageError: Error {
    let reason: String
}

/// The version of the program. `systemd/package` takes it from `postern --version`.
enum Version {
    static let text = "0.5.0"
}
