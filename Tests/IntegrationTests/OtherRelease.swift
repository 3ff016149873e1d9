import Foundation

/// What `Tests/run` prepares of the Debian release that this machine does not have.
enum OtherRelease {
    /// The package that was made there; nil when there is none, also because nobody asked `Tests/run`.
    static let package = ProcessInfo.processInfo.environment["POSTERN_OTHER_PACKAGE"]
    /// Its name, e.g. `trixie`.
    static let name = ProcessInfo.processInfo.environment["POSTERN_OTHER_RELEASE"]

    /// Where Debian comes from.
    static let mirror = ProcessInfo.processInfo.environment["POSTERN_MIRROR"] ?? "http://deb.debian.org/debian"

    /// Whether the other release is Debian 13, and this one 12.
    static let isNewer = name == "trixie"
}
