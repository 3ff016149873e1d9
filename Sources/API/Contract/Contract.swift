import Gateway
import Synchronization

/// The contract itself, for machines and for people: made from the declarations that serve the requests.
enum Contract {
    private static let openAPIType = "application/json"
    private static let pageType = "text/html; charset=utf-8"

    static let routes = [
        Route(.get, "/api/openapi.json", "get_openapi", .open, "This API as an OpenAPI 3.1 document.", openAPI)
            .answering(openAPIType).withoutStore().extra(),
        Route(.get, "/api/reference", "get_reference", .open, "This API as a page for people.", reference)
            .answering(pageType).withoutStore().extra(),
    ]

    static func openAPI(_ call: Call) throws -> Reply {
        Reply(data: .plain(call.configuration.contract.openAPI, type: openAPIType))
    }

    static func reference(_ call: Call) throws -> Reply {
        var reply = Reply(data: .plain(call.configuration.contract.reference, type: pageType))
        reply.headers = [("Content-Security-Policy", ReferencePage.policy)]
        return reply
    }
}

/// Both documents, each made when it is asked for first.
package final class ContractDocuments: Sendable {
    private let basePath: String
    private let madeOpenAPI = Mutex<[UInt8]?>(nil)
    private let madeReference = Mutex<[UInt8]?>(nil)

    private static let known = Mutex<[String: ContractDocuments]>([:])

    /// The same ones for the same path, also after the settings were read again.
    /// - Parameter basePath: what stands before `/api` in every path; empty for nothing.
    package static func of(basePath: String) -> ContractDocuments {
        known.withLock { known in
            let documents = known[basePath] ?? ContractDocuments(basePath)
            known[basePath] = documents
            return documents
        }
    }

    private init(_ basePath: String) { self.basePath = basePath }

    /// UTF-8.
    package var openAPI: [UInt8] {
        madeOpenAPI.withLock { made in
            let json = made ?? OpenAPI(API.groups, basePath: basePath).json
            made = json
            return json
        }
    }

    /// UTF-8.
    package var reference: [UInt8] {
        madeReference.withLock { made in
            let html = made ?? ReferencePage(API.groups, basePath: basePath).html
            made = html
            return html
        }
    }
}
