import Glibc
import Support

/// Another process that holds the write lock of a database, as an administrator's open shell does.
///
/// `@unchecked Sendable`: after `init` it is only released, once, by one thread.
final class HeldLock: @unchecked Sendable {
    private let directory: TemporaryDirectory
    private let shell: ChildProcess
    private let input: Int32

    /// Returns when the lock is held.
    init(on database: String) throws {
        directory = try TemporaryDirectory()
        let pipe = "\(directory.path)/input"
        mkfifo(pipe, 0o600)
        // For reading too, so that opening it does not wait for the shell.
        input = open(pipe, O_RDWR | O_CLOEXEC)
        chown(pipe, Accounts.service.user, Accounts.service.group)
        shell = try ChildProcess(
            ["/usr/bin/sqlite3", "-batch", database], as: Accounts.service, log: "\(directory.path)/log", input: pipe)
        try say(".filectrl persist_wal 1\nPRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\n.print held\n", answer: "held")
    }

    deinit { close(input) }

    func release() throws { try say("ROLLBACK;\n.print released\n", answer: "released") }

    private func say(_ text: String, answer: String) throws {
        _ = write(input, text, text.utf8.count)
        let isDone = Program.wait(atMost: .seconds(8)) { (try? directory.read("log"))?.contains(answer) == true }
        guard isDone else {
            throw Program.Failure(description: "sqlite3 does not answer \(answer)")
        }
    }
}
