import Glibc

/// The accounts of an iRedMail server in LDAP: read from the running directory by ldapsearch, or from a text of slapcat's.
///
///     let directory = try SourceDirectory(
///         url: "ldapi:///", base: "dc=example,dc=com", bind: nil, passwordFile: nil, environment: variables)
package final class SourceDirectory {
    private enum Origin {
        case server(arguments: [String], password: [UInt8]?, environment: [String], hint: String)
        case file(Int32, name: String)
    }

    private let origin: Origin

    /// - Parameters:
    ///   - url: as ldapsearch takes it.
    ///   - base: the DN of the entry above all that is read.
    ///   - bind: the DN of who reads. Nil: through a socket (`ldapi`) who the process is, and else nobody.
    ///   - passwordFile: has their password, and perhaps a newline behind it; nil for none.
    ///   - environment: what ldapsearch is started with, as `NAME=value`.
    /// - Throws: when the password cannot be read, or could be by others, or on the way.
    package init(
        url: String, base: String, bind: String?, passwordFile: String?, environment: [String]
    ) throws(SourceFailure) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        let host = url.dropFirst(scheme.count + 3).prefix { $0 != "/" }
        guard ["ldap", "ldaps", "ldapi"].contains(scheme), url.dropFirst(scheme.count).hasPrefix("://"),
            // With a DN behind the host ldapsearch would ask the DNS for another one.
            !url.contains(where: { $0.isWhitespace || $0 == "," }),
            ["", "/"].contains(url.dropFirst(scheme.count + 3 + host.count))
        else { throw SourceFailure("\(url) is no URL of a directory: ldapi:///, ldap://HOST or ldaps://HOST") }
        guard !base.isEmpty else {
            throw SourceFailure("below what is the directory to be read? Give its suffix: --base dc=example,dc=com")
        }
        guard (bind == nil) == (passwordFile == nil) else {
            throw SourceFailure(
                "who reads the directory needs both: --bind DN, and --password-file FILE with the password")
        }
        var arguments = ["-LLL", "-a", "never", "-s", "sub", "-l", "none", "-z", "none", "-H", url, "-b", base]
        for option in ["ldif-wrap=no", "nettimeout=30"] { arguments += ["-o", option] }
        if let bind {
            arguments += ["-x", "-D", bind, "-y", "/dev/fd/\(ClientProcess.secret)"]
        } else {
            arguments += scheme == "ldapi" ? ["-Q", "-Y", "EXTERNAL"] : ["-x"]
        }
        // Nobody on the way is to see passwords.
        let isNear = ["", "localhost", "127.0.0.1", "[::1]"].contains { host == $0 || host.hasPrefix("\($0):") }
        var hint = bind == nil ? "; --bind and --password-file say who reads" : ""
        if scheme == "ldap", !isNear {
            arguments.append("-ZZ")
            hint +=
                "; ldap:// to another machine begins TLS, whose certificate LDAPTLS_CACERT=FILE makes known: or take ldaps://, or "
                + "slapcat there and --ldif here"
        }
        arguments.append("(|\(EntryClass.allCases.map { "(objectClass=\($0.rawValue))" }.joined()))")
        arguments += ["*", "createTimestamp", "modifyTimestamp"]
        origin = .server(
            arguments: arguments, password: try passwordFile.map(Self.password), environment: environment,
            hint: hint)
    }

    /// - Parameter file: `-` for standard input.
    package init(file: String) throws(SourceFailure) {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SourceFailure("cannot open \(file): \(String(cString: strerror(errno)))") }
        origin = .file(descriptor, name: file == "-" ? "standard input" : file)
    }

    deinit { if case .file(let descriptor, _) = origin, descriptor != STDIN_FILENO { close(descriptor) } }

    private static func password(_ path: String) throws(SourceFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SourceFailure("cannot open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw SourceFailure("\(path) can be read by others: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw SourceFailure("cannot read \(path): \(String(cString: strerror(errno)))") }
        // An editor's newline is no part of it, though it were for ldapsearch.
        return Array(bytes[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }

    /// Calls `body` for each entry.
    /// - Throws: `SourceFailure` when they cannot be read, or not all of them; what `body` throws.
    func forEachEntry(_ body: (DirectoryEntry) throws -> Void) throws {
        var reader: LDIFReader
        switch origin {
        case .server(let arguments, let password, let environment, let hint):
            // Options that somebody has put into the working directory (ldaprc) are not theirs to give.
            let client = try ClientProcess(
                ["ldapsearch"], arguments, environment: environment, in: "/", secret: password)
            client.endInput()
            reader = try LDIFReader {
                do throws(SourceFailure) {
                    return try client.nextPiece()
                } catch {
                    throw SourceFailure("\(error)\(hint)")
                }
            }
        case .file(let descriptor, let name):
            reader = try LDIFReader { try Self.nextPiece(of: descriptor, name) }
        }
        while let entry = try reader.nextEntry() { try body(entry) }
    }

    private static func nextPiece(of descriptor: Int32, _ name: String) throws(SourceFailure) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        var count = 0
        repeat { count = read(descriptor, &piece, piece.count) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw SourceFailure("cannot read \(name): \(String(cString: strerror(errno)))") }
        piece.removeLast(piece.count - count)
        return piece
    }
}
