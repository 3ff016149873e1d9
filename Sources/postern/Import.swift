import Glibc
import Mail
import MailStore

/// `postern import`: takes an export over, or an iRedMail server (`IRedMailImport`).
enum Import: Command {
    static let name = "import"
    static let summary = "Takes over what postern export has written, or an iRedMail server, or says what it would do."
    static let operand: String? = "FILE|\(IRedMailImport.operand)"
    static let options = [Option.state, .settings, dryRun, replace] + IRedMailImport.options
    static let notes = """
        FILE may be - for standard input. It is read and checked as a whole before anything is changed. Then each domain is
        one transaction; cut short, the command is run again.
        The server must be stopped: systemctl stop postern.socket postern.service. Postfix, Dovecot and amavisd may go on.
        With --dry-run it may run: nothing is changed, and the exit status is 0 when the state is as the file says, and 1
        when it is not. Lines begin with + for a row that would be created, ~ changed, - removed.
        A domain that is there already and differs is refused, unless --replace makes it equal to the file: accounts that
        the file does not have are deleted, as the API deletes them; their mail is kept. Other domains stay as they are.
        Without passwords in the file accounts keep theirs, and new ones have none: nobody can log in to them until
        postern user password or postern admin password sets one.
        Exit status 65 for a file that cannot be taken, 74 when something cannot be read or written, 78 when the server
        runs.

        \(IRedMailImport.notes)
        """

    private static let dryRun = Option(
        name: "--dry-run", value: nil, meaning: "Says what would be created, changed and removed, and changes nothing.")
    private static let replace = Option(
        name: "--replace", value: nil, meaning: "Makes domains that are there already equal to the file.")

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 1, let path = arguments.operands.first else {
            throw UsageError(reason: "the file is missing, or there is more than one")
        }
        umask(0o027)
        if path == IRedMailImport.operand { return try takeServer(arguments) }
        if let option = IRedMailImport.given(in: arguments) {
            throw UsageError(reason: "\(option.name) goes with \(IRedMailImport.operand) in the place of a file")
        }
        let file = try InputFile(path)
        let state = try StateDirectory(arguments)
        let isDryRun = arguments.has(dryRun)
        let isEqual = try working(on: state, isDryRun: isDryRun) {
            do {
                return try take(file, over: state, isDryRun: isDryRun, replaces: arguments.has(replace))
            } catch let failure as ExportFailure {
                throw ExitError("\(path): \(failure)", code: .unusableData)
            } catch let error as StoreError {
                throw ExitError("\(error)", code: error.kind == .damaged ? .unusableData : .inputOutput)
            }
        }
        if isDryRun, !isEqual {
            fflush(nil)
            exit(ExitCode.failure.rawValue)
        }
    }

    private static func takeServer(_ arguments: Arguments) throws {
        guard !arguments.has(replace), !(arguments.has(dryRun) && IRedMailImport.isApplied(arguments)) else {
            throw UsageError(reason: "a server is taken over with --apply, and replaces nothing")
        }
        let source = try IRedMailImport.source(arguments)
        let state = try StateDirectory(arguments)
        try working(on: state, isDryRun: !IRedMailImport.isApplied(arguments)) {
            do {
                try IRedMailImport.take(source, over: state, arguments)
            } catch let failure as ExportFailure {
                throw ExitError("\(failure)", code: .unusableData)
            } catch let error as StoreError {
                throw ExitError("\(error)", code: error.kind == .damaged ? .unusableData : .inputOutput)
            }
        }
    }

    /// Runs `body` on a state that is whole; as its only writer, unless it only looks.
    private static func working<Result>(
        on state: StateDirectory, isDryRun: Bool, _ body: () throws -> Result
    ) throws -> Result {
        var lock: RoleLock?
        if isDryRun {
            try state.requireFiles()
            try state.makeMissingDirectories()
        } else {
            lock = try state.prepare()
        }
        defer { withExtendedLifetime(lock) {} }
        return try state.asService(body)
    }

    /// - Returns: whether the state was as the file says.
    private static func take(
        _ file: InputFile, over state: StateDirectory, isDryRun: Bool, replaces: Bool
    ) throws -> Bool {
        let staged = try StagedState(in: state.directoryPath(of: .api))
        let header = try ExportReader.read(into: staged, from: file.next)
        let plan = try StatePlan(staged, header, for: state.place)
        let findings = try plan.check(replaces: replaces || isDryRun)
        for left in findings.leftOut { Postern.report("left out: \(left)", .warning) }
        if isDryRun {
            try show(plan, findings, replaces: replaces)
            return findings.parts.isEmpty
        }
        if !replaces, let (part, row) = findings.first {
            let name = part == .server ? "what belongs to no domain" : "\(part)"
            throw ExitError(
                "\(name) is there already and differs, first by \(row): --dry-run shows all of it, --replace makes it as "
                    + "the file says", code: .unusableData)
        }
        tellOfLost(findings, isDone: true)
        let total = findings.counts.all
        try plan.apply(findings, to: state.place, replaces: replaces, now: .now()) { rows in
            Postern.progress(rows, of: total)
        }
        for (part, counts) in findings.parts { Postern.say("\(part): \(text(counts))") }
        Postern.say(
            findings.parts.isEmpty ? "Nothing had to be changed in \(state.name)." : "Imported into \(state.name).")
        if findings.withoutPassword > 0 {
            Postern.report(
                "\(findings.withoutPassword) new accounts have no password, because there is none in the file: postern user "
                    + "password MAIL, or postern admin password MAIL, sets one", .warning)
        }
        tellOfLists(findings)
        return findings.parts.isEmpty
    }

    /// Other domains lose what names an account that goes.
    private static func tellOfLost(_ findings: StatePlan.Findings, isDone: Bool) {
        for lost in findings.lost { Postern.report("\(isDone ? "goes" : "would go"), too: \(lost)", .warning) }
    }

    /// Their directories are not in the databases.
    static func tellOfLists(_ findings: StatePlan.Findings) {
        guard findings.lists > 0 else { return }
        Postern.report(
            "\(findings.lists) mailing lists of mlmmj's are new: unless their directories are in its spool, the server "
                + "makes them when it starts, closed, moderated and without subscribers", .warning)
    }

    /// Prints the plan.
    private static func show(_ plan: StatePlan, _ findings: StatePlan.Findings, replaces: Bool) throws {
        for (part, counts) in findings.parts {
            Postern.say("\(part): \(text(counts))")
            try plan.forEachDifference(of: part) { table, difference in
                for line in plan.lines(of: difference, in: table) { Postern.say("  \(line)") }
            }
        }
        tellOfLost(findings, isDone: false)
        if findings.parts.isEmpty { return Postern.say("The state is as the file says.") }
        Postern.say("Together: \(text(findings.counts))")
        if !replaces, findings.first != nil { Postern.say("Without --replace it is refused.") }
    }

    private static func text(_ counts: StatePlan.Counts) -> String {
        "\(counts.created) rows created, \(counts.changed) changed, \(counts.removed) removed"
    }
}

/// A file that is read from its beginning to its end.
private final class InputFile {
    private let descriptor: Int32
    private let path: String

    /// - Parameter path: `-` for standard input.
    init(_ path: String) throws {
        self.path = path == "-" ? "standard input" : path
        descriptor =
            path == "-" ? STDIN_FILENO : try DurableFile.check(open(path, O_RDONLY | O_CLOEXEC), "cannot open \(path)")
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next bytes; none at the end.
    func next() throws -> [UInt8] { try DurableFile.nextPiece(of: descriptor, path) }
}
