import API
import Gateway
import Settings

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

/// `postern openapi`: the contract for machines.
enum OpenAPICommand: Command {
    static let name = "openapi"
    static let summary = "Prints the API as an OpenAPI 3.1 document, as GET /api/openapi.json answers it."
    // Of the settings API_BASE_PATH counts.
    static let options = [Option.state, .settings]
    static let notes = """
        For people there is GET /api/reference. A client for a programming language is made from the document by a
        generator, such as openapi-python-client.
        """

    static func run(_ arguments: Arguments) throws {
        let settings = try LoadedSettings.settings(arguments)
        let documents = ContractDocuments.of(basePath: settings[Settings.basePath])
        Postern.say(String(decoding: documents.openAPI, as: UTF8.self))
    }
}
