import Glibc
import Mail

/// Takes a message to a list from Postfix' pipe(8) and gives it to mlmmj-receive(1).
///
/// mlmmj-receive ends with 1 for everything that goes wrong, which bounces the message. So what can be found out before
/// is found out here, and Postfix tries again later. It also adds the footers, which mlmmj cannot add to messages of
/// several parts, with altermime(1); and it takes out a header by which anybody could pass for a subscriber.
package struct ListReceiver: Sendable {
    private let directory: String
    /// What follows the `+` in the recipient's local part: a command to mlmmj. Empty for a post.
    private let command: String
    private static let programs = "/usr/bin"
    private let report: @Sendable (String) -> Void

    /// EX_TEMPFAIL of sysexits.h: Postfix keeps the message and tries again.
    private static let tryLater: Int32 = 75
    /// The names of messages on their way, below the list's directory.
    private static let prefix = ".post-"

    /// - Parameters:
    ///   - directory: the list's, absolute.
    ///   - report: takes one line for Postfix' log.
    package init(
        directory: String, command: String, report: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.command = command
        self.report = report
    }

    /// Reads the message from standard input. mlmmj-receive takes the place of this process.
    /// - Returns: the exit status; does not return once mlmmj-receive has started.
    package func run() -> Int32 {
        do throws(ListFailure) {
            guard let addresses = try SpoolFile.read("\(directory)/control/listaddress") else {
                throw ListFailure(.missing, "there is no list in \(directory)")
            }
            var owner = stat()
            guard stat(directory, &owner) == 0, owner.st_uid == geteuid() else {
                throw ListFailure(.failed, "only the owner of \(directory) may give it a message")
            }
            try MailRelay(listDirectory: directory).requireGreeting()
            let (path, loops) = try store()
            let list = String(decoding: addresses.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).lowercased()
            if command.isEmpty, loops.contains(list) {
                unlink(path)
                report("\(list): a post that has been here before is dropped")
                return 0
            }
            let message = withFooters(path) ?? path
            let descriptor = open(message, O_RDONLY)
            guard descriptor >= 0, dup2(descriptor, STDIN_FILENO) >= 0 else {
                throw SpoolFile.failure("cannot open \(message)")
            }
            if descriptor != STDIN_FILENO { close(descriptor) }
            for name in [path, footed(path)] { unlink(name) }
            let program = "\(Self.programs)/mlmmj-receive"
            let arguments = [program, "-F", "-L", directory, "-e", command]
            let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
            execv(program, words)
            throw SpoolFile.failure("cannot run \(program)")
        } catch {
            report("tried again later: \(error)")
            return Self.tryLater
        }
    }

    /// Removes messages that a process which was killed has left.
    static func clean(_ directory: String) {
        let names = (try? SpoolFile.names(in: directory)) ?? []
        for name in names where name.hasPrefix(prefix) {
            var status = stat()
            let path = "\(directory)/\(name)"
            if lstat(path, &status) == 0, status.st_mtim.tv_sec < Moment.now().epoch - 86_400 { unlink(path) }
        }
    }

    // MARK: The message

    /// Stores the message below the list's directory.
    /// - Returns: the file, and the lists that the message has passed.
    private func store() throws(ListFailure) -> (path: String, loops: Set<String>) {
        var name = Array("\(directory)/\(Self.prefix)XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw SpoolFile.failure("cannot make a file in \(directory)") }
        defer { close(descriptor) }
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do throws(ListFailure) {
            var filter = HeaderFilter()
            var piece = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(STDIN_FILENO, &piece, piece.count)
                guard count >= 0 else { throw SpoolFile.failure("cannot read the message") }
                var rest = filter.passed(piece.prefix(count), isLast: count == 0)[...]
                while !rest.isEmpty {
                    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                    guard written > 0 else { throw SpoolFile.failure("cannot write \(path)") }
                    rest = rest.dropFirst(written)
                }
                if count == 0 { return (path, filter.loops) }
            }
        } catch {
            unlink(path)
            throw error
        }
    }

    private func footed(_ path: String) -> String { "\(path)-footer" }

    /// A copy of a post with the list's footers.
    /// - Returns: nil when there are none, and when they cannot be added: the post is sent without them then.
    private func withFooters(_ path: String) -> String? {
        guard command.isEmpty else { return nil }
        let text = "\(directory)/control/\(ControlFile.footerText.rawValue)"
        let html = "\(directory)/control/\(ControlFile.footerHTML.rawValue)"
        let (hasText, hasHTML) = (access(text, R_OK) == 0, access(html, R_OK) == 0)
        guard hasText || hasHTML else { return nil }
        let copy = footed(path)
        do throws(ListFailure) {
            try SpoolFile.make(copy, with: try SpoolFile.read(path) ?? [])
        } catch {
            report("sent without the footer: \(error)")
            return nil
        }
        // It takes a footer for HTML only beside one for text, which may be empty.
        let words =
            ["--input=\(copy)", "--disclaimer=\(hasText ? text : "/dev/null")"]
            + (hasHTML ? ["--disclaimer-html=\(html)"] : [])
        let status = Program.run("\(Self.programs)/altermime", words, within: .seconds(60))
        var found = stat()
        if status == 0, stat(copy, &found) == 0, found.st_size > 0 { return copy }
        report("sent without the footer: altermime ended with status \(status.map(String.init) ?? "?")")
        return nil
    }
}

/// Takes the header X-Original-From out of a message: mlmmj 1.5 believes it more than From. Also finds the header by
/// which a list knows its own posts. Reads the message in pieces.
package struct HeaderFilter {
    /// Each list adds it to its posts, with its address.
    package static let loopHeader = "X-Loop"
    /// The addresses in headers of that name, in lower case.
    private(set) var loops: Set<String> = []

    private static let dropped = Array("x-original-from:".utf8)
    private static let loop = Array("\(loopHeader.lowercased()):".utf8)
    /// A line that has no end yet.
    private var line: [UInt8] = []
    /// Whether the beginning of the line was passed on already.
    private var isLong = false
    private var isInHeader = true
    private var isDropping = false
    /// Of a longer line the beginning is passed on before its end is there.
    private static let limit = 1 << 20

    /// - Returns: what of the message so far can be passed on.
    mutating func passed(_ piece: ArraySlice<UInt8>, isLast: Bool) -> [UInt8] {
        guard isInHeader else { return Array(piece) }
        var out: [UInt8] = []
        var rest = piece
        while isInHeader, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[rest.startIndex...end]
            rest = rest[(end + 1)...]
            out += passedLine()
            isLong = false
        }
        guard isInHeader else { return out + rest }
        line += rest
        if isLast || line.count > Self.limit {
            out += passedLine()
            isLong = true
        }
        return out
    }

    private mutating func passedLine() -> [UInt8] {
        defer { line = [] }
        if isLong { return isDropping ? [] : line }
        if line == [UInt8(ascii: "\n")] || line == [UInt8(ascii: "\r"), UInt8(ascii: "\n")] {
            isInHeader = false
            return line
        }
        let isContinued = line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t")
        if !isContinued {
            isDropping = begins(with: Self.dropped)
            if begins(with: Self.loop) {
                let value = String(decoding: line.dropFirst(Self.loop.count), as: UTF8.self).lowercased()
                loops.formUnion(value.split(whereSeparator: \.isWhitespace).map(String.init))
            }
        }
        return isDropping ? [] : line
    }

    private func begins(with name: [UInt8]) -> Bool {
        line.prefix(name.count).map { (65...90).contains($0) ? $0 + 32 : $0 } == name
    }
}
