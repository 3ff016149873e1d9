import API
import Gateway
import Settings

/// `postern routes`: what is served.
enum Routes: Command {
    static let name = "routes"
    static let summary = "Lists every route: method, path, who may use it, what it does."
    // Taken because every command takes them; they change nothing here.
    static let options = [Option.state, .settings]

    static func run(_ arguments: Arguments) throws {
        for route in API.routes {
            Postern.say("\(route.method.text) \(route.path) \(route.access.rawValue) \(route.summary)")
        }
    }
}

/// `postern openapi`: prints the OpenAPI document.
enum OpenAPICommand: Command {
    static let name = "openapi"
    static let summary = "Prints the API as an OpenAPI 3.1 document, as GET /api/openapi.json answers it."
    // Only the setting API_BASE_PATH has an effect.
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
