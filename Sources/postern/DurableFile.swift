import Glibc
import PasswordHash

/// Writing files that must be on the disk before the next step. Every error names the file.
enum DurableFile {
    /// Makes an empty file with mode 0600.
    /// - Throws: also when the name exists.
    static func make(_ path: String) throws {
        close(try check(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600), "cannot make \(path)"))
    }

    /// Writes a file, made with mode 0600 when it is missing; it is on the disk when this returns.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let flags = O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW
        let descriptor = try check(open(path, flags, 0o600), "cannot make \(path)")
        defer { close(descriptor) }
        try append(bytes, to: descriptor, path)
        try check(fsync(descriptor), "cannot sync \(path)")
    }

    /// Copies an open file to a new one with mode 0600, which is on the disk when this returns.
    static func copy(_ source: Int32, to path: String) throws {
        let descriptor = try check(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600), "cannot make \(path)")
        defer { close(descriptor) }
        while true {
            let piece = try nextPiece(of: source, "what \(path) is to hold")
            if piece.isEmpty { break }
            try append(piece, to: descriptor, path)
        }
        try check(fsync(descriptor), "cannot sync \(path)")
    }

    /// Lower-case hex SHA-256 of a file, and its length in bytes.
    static func digest(of path: String) throws -> (sha256: String, bytes: Int) {
        guard let digest = IncrementalSHA256() else { throw ExitError("no memory for a digest", code: .inputOutput) }
        let descriptor = try check(open(path, O_RDONLY | O_CLOEXEC), "cannot open \(path)")
        defer { close(descriptor) }
        var bytes = 0
        while true {
            let piece = try nextPiece(of: descriptor, path)
            if piece.isEmpty { return (digest.finish(), bytes) }
            bytes += piece.count
            digest.add(piece)
        }
    }

    /// Syncs a directory or a file to the disk.
    static func sync(_ path: String) throws {
        let descriptor = try check(open(path, O_RDONLY | O_CLOEXEC), "cannot open \(path)")
        defer { close(descriptor) }
        try check(fsync(descriptor), "cannot sync \(path)")
    }

    /// - Parameter what: begins the message of the error.
    /// - Throws: for a negative result, with the reason of `errno`.
    @discardableResult
    static func check(_ result: Int32, _ what: String) throws -> Int32 {
        guard result >= 0 else { throw ExitError("\(what): \(String(cString: strerror(errno)))", code: .inputOutput) }
        return result
    }

    /// Up to 1 MiB; empty at the end of the file.
    static func nextPiece(of descriptor: Int32, _ path: String) throws -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        let count = Glibc.read(descriptor, &piece, piece.count)
        try check(Int32(clamping: count), "cannot read \(path)")
        piece.removeLast(piece.count - count)
        return piece
    }

    static func append(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            try check(Int32(clamping: count), "cannot write \(path)")
            rest.removeFirst(count)
        }
    }
}
