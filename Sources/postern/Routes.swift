import API
import Gateway

/// `postern routes`: what is served.
enum Routes: Command {
    static let name = "routes"
    static let summary = "Lists every route: method, path, who may use it, what it does."
    // Like every command; the routes are the same whatever they say.
    static let options = [Option.state, .settings]

    static func run(_ arguments: Arguments) throws {
        for route in API.routes {
            Postern.say("\(route.method.text) \(route.path) \(route.access.rawValue) \(route.summary)")
        }
    }
}
