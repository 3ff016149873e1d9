/// Why a settings file cannot be used. The server does not start with such a file, and keeps its settings at SIGHUP.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
    package let file: String
    /// Counted from 1; nil when the error is not at one line.
    package let line: Int?
    /// Nil when the error concerns no key.
    package let key: String?
    /// What is wrong and how to correct it.
    package let reason: String

    init(_ file: String, line: Int? = nil, key: String? = nil, _ reason: String) {
        self.file = file
        self.line = line
        self.key = key
        self.reason = reason
    }

    /// `FILE:LINE: KEY: reason`, without the parts that are not known.
    package var description: String {
        [line.map { "\(file):\($0)" } ?? file, key, reason].compactMap { $0 }.joined(separator: ": ")
    }
}

/// An error at a line of a settings file. Who catches it adds file and key, and throws a `SettingsError`.
struct LineError: Error {
    let line: Int
    let reason: String

    init(_ line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }
}
