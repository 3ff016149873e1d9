import Foundation

/// How long the long tests are: `Tests/soak` sets `POSTERN_SOAK`.
package enum Soak {
    package static let isOn = ProcessInfo.processInfo.environment["POSTERN_SOAK"] == "1"

    /// A test's size: what `Tests/run` can afford, or the whole.
    ///
    /// - Parameter variable: of the environment, with another number.
    package static func size(_ usual: Int, whole: Int, _ variable: String) -> Int {
        let given = ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
        return given ?? (isOn ? whole : usual)
    }

    /// A figure for the table at the end of `Tests/soak`.
    package static func report(_ figure: String) { print("figure: \(figure)") }
}
