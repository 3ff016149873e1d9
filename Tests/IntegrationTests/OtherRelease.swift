import Foundation

/// What `Tests/run` prepares of the Debian release that this machine does not have.
enum OtherRelease {
    /// The package that was made there; nil when there is none, also because nobody asked `Tests/run`.
    static let package = ProcessInfo.processInfo.environment["POSTERN_OTHER_PACKAGE"]
    /// Its name, e.g. `trixie`.
    static let name = ProcessInfo.processInfo.environment["POSTERN_OTHER_RELEASE"]

    /// Where Debian comes from.
    static let mirror = ProcessInfo.processInfo.environment["MIRROR"] ?? "http://deb.debian.org/debian"

    /// Whether this is Debian 12 with a network that brings Debian 13.
    static let isNewer = name == "trixie"
}
