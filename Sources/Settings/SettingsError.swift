/// Why the settings cannot be used; the start is refused.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
    package let file: String
    /// Nil when the file as a whole is at fault.
    package let line: Int?
    /// The key concerned; nil when there is none.
    package let key: String?
    /// What is wrong and how to put it right.
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

/// A place in a settings file that cannot be read, before file and key are added to it.
struct Unreadable: Error {
    let line: Int
    let reason: String

    init(_ line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }
}
