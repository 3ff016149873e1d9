import FoundationEssentials
import Glibc
import Mail
import MailStore

/// `postern export`: everything of some domains as lines of JSON.
enum Export: Command {
    static let name = "export"
    static let summary = "Writes everything of some domains, or of all, as lines of JSON."
    static let operand: String? = "[DOMAIN…]"
    static let options = [Option.state, .settings, all, withPasswords, withUsage, output, schema]
    static let notes = """
        Server and mail programs may run: all rows are those of one moment, in a fixed order, so that the file of a state
        that has not changed is the same byte by byte. postern import takes it back.
        With --all what belongs to no domain is there, too: standalone admins, policies for everybody, SPF domains. Left
        out are the mail, the admin log, sessions, claims and proofs of domains, what is kept of deleted mailboxes, and
        what iRedAPD counts: postern backup has these.
        Exit status 1 when a domain is not there, 74 when something cannot be read or written, 78 when the state is
        missing.
        """

    private static let all = Option(
        name: "--all", value: nil, meaning: "All domains, and what belongs to no domain.")
    private static let withPasswords = Option(
        name: "--with-passwords", value: nil, meaning: "Hashes of passwords, too: the file is a secret then.")
    private static let withUsage = Option(
        name: "--with-usage", value: nil,
        meaning: "What Dovecot writes, too: used quota, last logins, shared folders.")
    private static let output = Option(
        name: "--output", value: "FILE",
        meaning: "Writes to a file with mode 0600, which has the name when it is whole.")
    private static let schema = Option(
        name: "--schema", value: nil, meaning: "Prints a JSON Schema of the lines, and nothing else.")

    static func run(_ arguments: Arguments) throws {
        if arguments.has(schema) {
            guard arguments.operands.isEmpty else { throw UsageError(reason: "--schema takes no domain") }
            return Postern.say(try ExportFormat.schema())
        }
        guard arguments.has(all) != !arguments.operands.isEmpty else {
            throw UsageError(reason: "name the domains, or --all for every one")
        }
        let domains = try arguments.operands.map { operand in
            guard let domain = DomainName(operand) else { throw UsageError(reason: "\(operand) is no domain") }
            return domain.text
        }
        umask(0o077)
        let state = try StateDirectory(arguments)
        try state.requireFiles()
        let sink = try ExportSink(arguments[output], holdsSecrets: arguments.has(withPasswords))
        defer { sink.abandon() }
        do {
            try state.asService {
                let rows = try StateRows(at: state.place)
                if !rows.isOfOneMoment { Postern.report(Backup.differentMoments) }
                let export = try StateExport(
                    of: rows, domains: arguments.has(all) ? nil : domains,
                    passwords: arguments.has(withPasswords), usage: arguments.has(withUsage))
                let count = export.header.parts.count
                try export.write(sink.write) { parts in
                    if arguments.has(output) { Postern.progress(parts, of: count) }
                }
            }
        } catch let error as StoreError {
            throw ExitError("\(error)", code: error.kind == .damaged ? .unusableData : .inputOutput)
        }
        try sink.finish()
        if arguments.has(withPasswords) {
            Postern.report("the export holds the hashes of passwords: whoever reads it can try to guess them", .warning)
        }
    }
}

/// Where an export goes: to standard output, or to a file that has its name as soon as it is whole.
private final class ExportSink {
    /// Nil for standard output.
    private let path: String?
    /// The file's name until it is whole: one of this process, so that two exports to one file do not meet.
    private let unfinished: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isOpen = true

    private static let pieceSize = 1 << 16

    /// - Throws: `UsageError` for passwords on a terminal; `ExitError` when the file cannot be made, or be closed to others.
    init(_ path: String?, holdsSecrets: Bool) throws {
        self.path = path == "-" ? nil : path
        if let path = self.path {
            unfinished = "\(path).\(getpid()).unfinished"
            let flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC
            descriptor = try DurableFile.check(open(unfinished, flags, 0o600), "cannot make \(unfinished)")
            return
        }
        unfinished = ""
        descriptor = STDOUT_FILENO
        guard holdsSecrets else { return }
        if isatty(descriptor) == 1 {
            throw UsageError(
                reason: "passwords are not written to a terminal: redirect the output, or use --output FILE")
        }
        var status = stat()
        try DurableFile.check(fstat(descriptor, &status), "cannot look at standard output")
        if status.st_mode & S_IFMT == S_IFREG {
            try DurableFile.check(
                fchmod(descriptor, 0o600), "cannot close the file to others, and it is to hold passwords; use --output")
        }
    }

    func write(_ line: [UInt8]) throws {
        buffer += line
        if buffer.count >= Self.pieceSize { try flush() }
    }

    private func flush() throws {
        try DurableFile.append(buffer, to: descriptor, path ?? "to standard output")
        buffer.removeAll(keepingCapacity: true)
    }

    /// Everything is written; a file is on the disk, and has its name.
    func finish() throws {
        try flush()
        guard let path else { return }
        try DurableFile.check(fsync(descriptor), "cannot sync \(path)")
        try DurableFile.check(rename(unfinished, path), "cannot name \(path)")
        close(descriptor)
        isOpen = false
        let directory = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
        try DurableFile.sync(directory)
    }

    /// Removes a file that is not whole.
    func abandon() {
        guard path != nil, isOpen else { return }
        isOpen = false
        close(descriptor)
        unlink(unfinished)
    }
}
