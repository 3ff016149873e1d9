import API
import Glibc
import Mail

/// Where a tool gets a new password: never from the command line, which others can see.
enum PasswordInput {
    /// What `--help` says of a command that sets a password, and of who carries it out.
    static let notes = """
        Without --password-stdin a password is asked for on a terminal.
        While the server runs, it makes the change. Otherwise this command makes it.
        """

    /// - Returns: the password without white space at its ends, as in the API; never empty.
    static func read(_ arguments: Arguments) throws -> String {
        let line: String?
        if arguments.has(.passwordFromInput) {
            line = readLine()
        } else {
            // Without a terminal getpass(3) would read standard input.
            let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
            guard terminal >= 0, close(terminal) == 0, let typed = getpass("New password: ") else {
                throw ExitError("there is no terminal to ask on; use --password-stdin", code: .usage)
            }
            line = String(cString: typed)
        }
        let password = (line ?? "").trimmed
        guard !password.isEmpty else { throw ExitError("the password is empty", code: .unusableData) }
        return password
    }
}

/// Names for the path of a request: checked, and escaped where an address may have characters that end a path segment.
enum RequestPath {
    static func mail(_ text: String) throws -> String {
        guard let mail = MailAddress(text) else { throw UsageError(reason: "\(text) is no mail address") }
        return mail.text.replacing("/", with: "%2F").replacing("#", with: "%23")
    }

    static func domain(_ text: String) throws -> String {
        guard let domain = DomainName(text) else { throw UsageError(reason: "\(text) is no domain name") }
        return domain.text
    }
}
