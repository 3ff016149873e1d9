import Foundation

/// A directory that everybody may enter, removed with the value's end.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// Below `/tmp` and short: the path of a socket has at most 107 bytes.
    package init() throws {
        path = "/tmp/postern-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    }

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
