import Foundation
import Glibc

/// A directory that everybody may enter, removed with the value's end.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// Short: the path of a socket has at most 107 bytes.
    ///
    /// - Parameter isForServer: whether it is for the data of a database server, of which nothing has to outlive this
    ///   machine. They are a thousand files, which some file systems make slowly: they lie where `Tests/run` has a faster one.
    package init(isForServer: Bool = false) throws {
        path = "\(isForServer ? Self.forServers : "/tmp")/postern-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    }

    private static let forServers: String = {
        let place = ProcessInfo.processInfo.environment["POSTERN_SERVER_DATA"] ?? ""
        return !place.isEmpty && access(place, W_OK) == 0 ? place : "/tmp"
    }()

    deinit {
        // A file that another process still makes here is no reason to fail a test.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file that everybody may read.
    ///
    /// - Returns: its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        return file
    }

    /// What a file holds, bytes that are no UTF-8 replaced.
    package func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")), as: UTF8.self)
    }
}
