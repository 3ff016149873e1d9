import FoundationEssentials
import Glibc
import MailStore
import Neighbours
import Settings

/// `postern print-config`: what the programs around Postern need, ready for this state directory.
enum PrintConfig: Command {
    static let name = "print-config"
    static let summary = "Prints the configuration that the programs around Postern need, and Postern's own files."
    static let operand: String? = "postfix|dovecot|amavisd|nginx|fail2ban|settings|completion|manual"
    static let options = [Option.state, .settings, socket, output]
    static let notes = """
        For nginx the settings say whether a gate secret is included and what stands before /api.
        settings is a settings file with every key as a comment, completion is for bash, manual is the page of man.
        With --output the files are written there, and refer to each other in that directory; an existing file is
        replaced. Each file says where it goes and why.
        Ask Postfix' tables by hand as its own user: setpriv --reuid=postfix --regid=postfix --init-groups postmap -q
        KEY sqlite:FILE. The printed files open the database for reading only; one that names the plain path, as older
        versions printed them, locks Postfix out when root asks while Postern is stopped. Print them anew.
        """

    private static let output = Option(
        name: "--output", value: "DIR", meaning: "Writes the files there instead of printing them.")
    private static let socket = Option(
        name: "--socket", value: "PATH", meaning: "Postern's socket, for nginx (default /run/postern/postern.sock).")

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 1, let program = arguments.operands.first else {
            throw UsageError(reason: "name one of \(operand ?? "")")
        }
        let directory = arguments[output].map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        let files = try files(for: program, StateDirectory(arguments), directory, arguments)
        guard let directory else {
            // Postern's own are one file each, to be used as printed.
            let isOwn = ["settings", "completion", "manual"].contains(program)
            for file in files { Postern.say(isOwn ? file.text : "# ----- \(file.name)\n\(file.text)") }
            return
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for file in files {
            let path = "\(directory)/\(file.name)"
            try file.text.write(toFile: path, atomically: true, encoding: .utf8)
            Postern.say(path)
        }
    }

    private static func files(
        for program: String, _ state: StateDirectory, _ directory: String?, _ arguments: Arguments
    ) throws -> [(name: String, text: String)] {
        switch program {
        case "postfix":
            guard let directory else { return PostfixConfiguration(stateDirectory: state.path).files }
            return PostfixConfiguration(stateDirectory: state.path, installDirectory: directory).files
        case "dovecot":
            guard let directory else { return DovecotConfiguration(stateDirectory: state.path).files }
            return DovecotConfiguration(stateDirectory: state.path, installDirectory: directory).files
        case "amavisd":
            return AmavisdConfiguration(stateDirectory: state.path).files
        case "nginx":
            let settings = try LoadedSettings(arguments).settings
            let hasGate = !settings[Settings.fastCGIGateFile].isEmpty
            return NginxConfiguration(
                socket: arguments[socket] ?? "/run/postern/postern.sock",
                gateInclude: hasGate ? "/etc/nginx/postern-gate.conf" : nil, basePath: settings[Settings.basePath]
            ).files
        case "fail2ban": return Fail2banConfiguration.files
        case "settings": return [(name: "settings.py", text: Settings.template())]
        case "completion": return [(name: "postern", text: BashCompletion.text)]
        case "manual": return [(name: "postern.8", text: ManualPage.text)]
        default:
            throw UsageError(reason: "\(program) is none of \(operand ?? "")")
        }
    }
}
