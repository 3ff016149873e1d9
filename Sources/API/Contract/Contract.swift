import Gateway
import Synchronization

/// The operations that answer the contract itself: an OpenAPI document for machines and a page for people. Both are
/// made from the declarations that serve the requests.
///
/// A `Route` says which parameters its operation takes (`Field`, with `FieldAccess` for who may set them), what it
/// answers (`Shape`) and what refuses it. `OpenAPI` writes this with `JSONWriter`: `DescribedOperation` joins routes
/// that are one path there, and `SharedComponents` finds what operations share. `ReferencePage` writes the same with
/// `HTMLWriter`. The examples are in `RecordedExamples.swift`.
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

/// Both documents for one base path, each made when it is first asked for.
package final class ContractDocuments: Sendable {
    private let basePath: String
    private let madeOpenAPI = Mutex<[UInt8]?>(nil)
    private let madeReference = Mutex<[UInt8]?>(nil)

    private static let known = Mutex<[String: ContractDocuments]>([:])

    /// The same object for the same path, so that a reload of the settings does not make the documents again.
    /// - Parameter basePath: what stands before `/api` in every path; empty for nothing.
    package static func of(basePath: String) -> ContractDocuments {
        known.withLock { known in
            let documents = known[basePath] ?? ContractDocuments(basePath)
            known[basePath] = documents
            return documents
        }
    }

    private init(_ basePath: String) { self.basePath = basePath }

    /// JSON in UTF-8.
    package var openAPI: [UInt8] {
        madeOpenAPI.withLock { made in
            let json = made ?? OpenAPI(API.groups, basePath: basePath).json
            made = json
            return json
        }
    }

    /// HTML in UTF-8.
    package var reference: [UInt8] {
        madeReference.withLock { made in
            let html = made ?? ReferencePage(API.groups, basePath: basePath).html
            made = html
            return html
        }
    }
}
