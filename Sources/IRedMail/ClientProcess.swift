import Glibc

/// The client of a database or directory (`mysql`, `psql`, `ldapsearch`), which may be asked one thing after another. It
/// ends with the value.
final class ClientProcess {
    private let name: String
    private let child: pid_t
    private let input: Int32
    private let output: Int32
    /// Where it complains: a file, so that no amount of it can block anybody.
    private let messages: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var position = 0
    private var end = 0
    /// How it ended; nil while it runs.
    private var status: Int32?

    /// - Parameters:
    ///   - programs: its names; the first that is found in the PATH of the environment.
    ///   - environment: the whole of it, as `NAME=value`.
    ///   - directory: where it works; nil for where this process does.
    ///   - hidden: what the program may read from the descriptor `secret`, and nobody else from anywhere.
    init(
        _ programs: [String], _ arguments: [String], environment: [String], in directory: String? = nil,
        secret hidden: [UInt8]? = nil
    ) throws(SourceFailure) {
        let found = programs.lazy.compactMap { program in Self.path(of: program, environment).map { (program, $0) } }
        guard let (program, path) = found.first else {
            throw SourceFailure(
                "there is no program \(programs.joined(separator: " or ")) in PATH: install it")
        }
        let (input, theirInput) = try Self.pair(program)
        defer { close(theirInput) }
        let (output, theirOutput): (Int32, Int32)
        do {
            (output, theirOutput) = try Self.pair(program)
        } catch {
            close(input)
            throw error
        }
        defer { close(theirOutput) }
        name = program
        self.input = input
        self.output = output
        messages = Self.nameless()

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirInput, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, theirOutput, STDOUT_FILENO)
        if messages >= 0 { posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO) }
        let secret = hidden.map(Self.pipe) ?? -1
        defer { if secret >= 0 { close(secret) } }
        if hidden != nil { posix_spawn_file_actions_adddup2(&actions, secret, Self.secret) }
        let begun = directory.map { ["env", "-C", $0, path] } ?? [program]
        var words: [UnsafeMutablePointer<CChar>?] = (begun + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for variable in variables { free(variable) } }
        var child = pid_t()
        let status = posix_spawn(&child, directory == nil ? path : "/usr/bin/env", &actions, nil, &words, &variables)
        self.child = status == 0 ? child : 0
        guard status == 0 else {
            throw SourceFailure("\(path) cannot be started: \(String(cString: strerror(status)))")
        }
    }

    private static func path(of program: String, _ environment: [String]) -> String? {
        let directories =
            environment.first { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count).split(separator: ":") ?? []
        return directories.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    deinit {
        close(input)
        close(output)
        defer { close(messages) }
        guard child != 0, status == nil else { return }
        // One that waits for the next question takes its leave of the server.
        let end = ContinuousClock.now + .seconds(1)
        var status: Int32 = 0
        while waitpid(child, &status, WNOHANG) == 0 {
            if .now >= end { kill(child, SIGKILL) }
            usleep(2_000)
        }
    }

    /// Written to with MSG_NOSIGNAL, which a pipe does not know.
    private static func pair(_ program: String) throws(SourceFailure) -> (ours: Int32, theirs: Int32) {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw failure(program) }
        return (pair[0], pair[1])
    }

    /// A file without a name; -1 when none can be made: then nobody hears what the program complains of.
    private static func nameless() -> Int32 {
        var template = Array("/tmp/postern-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { return -1 }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    /// The descriptor at which a program finds what is hidden from others.
    static let secret: Int32 = 3

    /// A pipe with these few bytes; -1 when none can be made.
    private static func pipe(_ bytes: [UInt8]) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { return -1 }
        defer { close(ends[1]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        // Otherwise it would wait for itself.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        guard Glibc.write(ends[1], bytes, bytes.count) == bytes.count else {
            close(ends[0])
            return -1
        }
        return ends[0]
    }

    private static func failure(_ program: String) -> SourceFailure {
        SourceFailure("\(program) cannot be started: \(String(cString: strerror(errno)))")
    }

    func write(_ text: String) throws(SourceFailure) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count >= 0 || errno == EINTR else { throw ended() }
            bytes = bytes.dropFirst(max(count, 0))
        }
    }

    /// Tells it that nothing more is asked.
    func endInput() { shutdown(input, Int32(SHUT_WR)) }

    /// The next bytes of its output; none when it has ended well. Not to be mixed with `next`.
    /// - Throws: when it has ended otherwise, and when it says nothing for five minutes.
    func nextPiece() throws(SourceFailure) -> [UInt8] {
        var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, Self.patience) != 0 else {
            throw SourceFailure("\(name) has said nothing for \(Self.patience / 60_000) minutes")
        }
        let count = receive()
        guard count <= 0 else { return Array(buffer[..<count]) }
        let failure = ended()
        guard status == 0 else { throw failure }
        return []
    }

    /// In milliseconds.
    private static let patience: Int32 = 300_000

    /// Reads into the buffer.
    /// - Returns: how many bytes; 0 at the end, -1 when that cannot be read.
    private func receive() -> Int {
        var count = 0
        repeat { count = read(output, &buffer, buffer.count) } while count < 0 && errno == EINTR
        return count
    }

    /// The next byte of its output.
    /// - Throws: when it has ended.
    @inline(__always)
    func next() throws(SourceFailure) -> UInt8 {
        if position == end { try fill() }
        defer { position += 1 }
        return buffer[position]
    }

    private func fill() throws(SourceFailure) {
        let count = receive()
        guard count > 0 else { throw ended() }
        position = 0
        end = count
    }

    /// Why it has ended before it has answered, in its own words.
    private func ended() -> SourceFailure {
        shutdown(input, Int32(SHUT_RDWR))
        var status = status ?? 0
        if self.status == nil { waitpid(child, &status, 0) }
        self.status = status
        let reason = status & 0x7f == 0 ? "ended with status \(status >> 8 & 0xff)" : "was ended by a signal"
        let text = complaint
        return SourceFailure("\(name) \(reason) before it had told everything\(text.isEmpty ? "" : ": \(text)")")
    }

    /// The beginning of what it complained of, in one line.
    private var complaint: String {
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = pread(messages, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
            .split(whereSeparator: \.isNewline).map { $0.trimmingBlanks() }.joined(separator: "; ")
    }
}
