import Gateway
import Synchronization

/// The contract itself, for machines and for people: made from the declarations that serve the requests.
enum Contract {
    static let routes = [
        Route(.get, "/api/openapi.json", "get_openapi", .open, "This API as an OpenAPI 3.1 document.", openAPI)
            .answering("application/json").extra(),
        Route(.get, "/api/reference", "get_reference", .open, "This API as a page for people.", reference)
            .answering("text/html; charset=utf-8").extra(),
    ]

    static func openAPI(_ call: Call) throws -> Reply {
        Reply(data: .plain(call.configuration.contract.openAPI, type: "application/json"))
    }

    static func reference(_ call: Call) throws -> Reply {
        var reply = Reply(data: .plain(call.configuration.contract.reference, type: "text/html; charset=utf-8"))
        reply.headers = [("Content-Security-Policy", ReferencePage.policy)]
        return reply
    }
}

/// Both documents, each made when it is asked for first.
package final class ContractDocuments: Sendable {
    private let basePath: String
    private let made = Mutex<(openAPI: [UInt8]?, reference: [UInt8]?)>((nil, nil))

    /// - Parameter basePath: what stands before `/api` in every path; empty for nothing.
    package init(basePath: String) { self.basePath = basePath }

    /// UTF-8.
    package var openAPI: [UInt8] {
        made.withLock { made in
            if let json = made.openAPI { return json }
            let json = OpenAPI(API.groups, basePath: basePath).json
            made.openAPI = json
            return json
        }
    }

    /// UTF-8.
    package var reference: [UInt8] {
        made.withLock { made in
            if let html = made.reference { return html }
            let html = ReferencePage(API.groups, basePath: basePath).html
            made.reference = html
            return html
        }
    }
}
