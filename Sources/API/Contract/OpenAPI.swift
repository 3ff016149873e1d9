import Gateway

/// The contract for machines: an OpenAPI 3.1 document, https://spec.openapis.org/oas/v3.1.0.html.
struct OpenAPI {
    let json: [UInt8]

    /// - Parameter basePath: what stands before `/api` in every path; empty for nothing.
    init(_ groups: [RouteGroup], basePath: String) {
        var json = JSONWriter(capacity: 1 << 19)
        json.object { json in
            json.member("openapi", "3.1.0")
            json.name("info")
            json.object { json in
                json.member("title", "Postern")
                json.member("version", Self.version)
                json.member("summary", "Mail domains, admins, users, aliases, lists and mail-flow policies over HTTP.")
                json.member("description", Self.description)
            }
            json.name("servers")
            json.open("[")
            json.object { json in json.member("url", basePath.isEmpty ? "/" : basePath) }
            json.close("]")
            json.name("tags")
            json.open("[")
            for group in groups {
                json.object { json in
                    json.member("name", group.name)
                    json.member("description", group.summary)
                }
            }
            json.close("]")
            let paths = DescribedOperation.all(of: groups)
            let shared = SharedComponents(paths.flatMap(\.operations))
            json.name("paths")
            json.object { json in json.paths(paths, shared) }
            json.name("components")
            json.object { json in json.components(groups, shared) }
        }
        self.json = json.bytes
    }

    /// The version of the contract, not of the program.
    private static let version = "1.0"

    private static let description = """
        Postern serves the documented iRedAdmin-Pro RESTful API. Every answer is an envelope: `_success`, and `_data` with \
        what was asked for or `_msg` with one word that says why the request is refused. By default a refusal comes with \
        status 200, as published; with `Prefer: handling=strict` it comes with a status of its own, `_param` names the \
        parameter at fault, and parameters that are not known are refused. Log in with `login`: the session is a cookie. \
        Bodies are forms or flat JSON objects; in a form lists are separated by commas, yes and no stand for true and false, \
        and an empty value for null. What carries `x-postern-extra` is no part of the published API.
        """
}

extension JSONWriter {
    fileprivate mutating func paths(
        _ paths: [(path: String, operations: [DescribedOperation])], _ shared: SharedComponents
    ) {
        for (path, operations) in paths {
            name(path)
            object { json in
                for operation in operations {
                    json.name(operation.route.method.text.lowercased())
                    json.object { json in json.members(of: operation, shared) }
                }
            }
        }
    }

    private mutating func members(of operation: DescribedOperation, _ shared: SharedComponents) {
        let route = operation.route
        member("operationId", operation.id)
        member("tags", [operation.tag])
        member("summary", operation.summary)
        member("x-postern-who", route.who)
        if operation.isMerged { member("x-postern-paths", operation.routes.map(\.path)) }
        if route.isExtra { member("x-postern-extra", true) }
        security(of: route)
        name("parameters")
        open("[")
        for placeholder in operation.placeholders {
            object { json in
                json.member("name", placeholder.name)
                json.member("in", "path")
                json.member("required", true)
                json.name("schema")
                json.schema(of: placeholder.shape, example: placeholder.example)
            }
        }
        if !route.hasBody {
            for field in route.parameters {
                queryParameter(field, isExtra: route.extraParameters.contains(field.name))
            }
        }
        object { json in json.member("$ref", "#/components/parameters/Prefer") }
        close("]")
        if route.hasBody, !route.parameters.isEmpty { body(of: route, shared) }
        responses(of: operation, shared)
    }

    private mutating func security(of route: Route) {
        name("security")
        open("[")
        if route.access == .open || route.access == .monitor { object { _ in } }
        if route.access != .open {
            object { json in
                json.name("session")
                json.array([])
            }
        }
        close("]")
    }

    private mutating func queryParameter(_ field: Field, isExtra: Bool) {
        object { json in
            json.member("name", field.name)
            json.member("in", "query")
            json.member("description", field.meaning)
            if field.isRequired { json.member("required", true) }
            if isExtra { json.member("x-postern-extra", true) }
            json.name("schema")
            json.schema(of: field, field.shape.inForm)
        }
    }

    private mutating func body(of route: Route, _ shared: SharedComponents) {
        name("requestBody")
        object { json in
            json.member("required", route.parameters.contains(where: \.isRequired))
            json.name("content")
            json.object { json in
                let name = shared.name(ofInputOf: route)
                for (type, suffix) in [("application/x-www-form-urlencoded", "Form"), ("application/json", "JSON")] {
                    json.name(type)
                    json.object { json in
                        if let name {
                            json.reference("schema", "schemas/\(name)\(suffix)")
                        } else {
                            json.name("schema")
                            json.input(of: route, isForm: suffix == "Form")
                        }
                    }
                }
            }
        }
    }

    private mutating func input(of route: Route, isForm: Bool) {
        let fields = route.parameters
        func shape(_ field: Field) -> Shape { isForm ? field.shape.inForm : field.shape }
        open("{")
        member("type", "object")
        name("properties")
        open("{")
        for field in fields {
            name(field.name)
            let isExtra = route.extraParameters.contains(field.name)
            schema(of: field, shape(field), isExtra: isExtra)
            if let older = field.older {
                name(older)
                schema(of: field, shape(field), isDeprecated: true, isExtra: isExtra)
            }
        }
        close("}")
        // The newer name only: generators of clients do not support a choice between two names.
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { member("required", required) }
        let needing = fields.filter { $0.needs != nil }
        if !needing.isEmpty {
            name("dependentRequired")
            open("{")
            for field in needing { member(field.name, [field.needs].compactMap(\.self)) }
            close("}")
        }
        member("additionalProperties", false)
        close("}")
    }

    private mutating func schema(of field: Field, _ shape: Shape, isDeprecated: Bool = false, isExtra: Bool = false) {
        var shape = shape
        shape.name = nil
        open("{")
        let meaning = isDeprecated ? "The older name of \(field.name)." : field.meaning
        member("description", meaning)
        keywords(shape)
        if let defaultValue = field.defaultValue, !isDeprecated {
            name("default")
            value(defaultValue, as: shape)
        }
        if isDeprecated {
            // Without an example, because no request should have both names.
            member("deprecated", true)
        } else {
            name("examples")
            open("[")
            value(field.example, as: shape)
            close("]")
        }
        if field.secret != nil { member("writeOnly", true) }
        if field.access != .caller { member("x-postern-who", field.access.meaning) }
        if !field.conflicts.isEmpty { member("x-postern-conflicts", field.conflicts) }
        if isExtra { member("x-postern-extra", true) }
        close("}")
    }

    private mutating func responses(of operation: DescribedOperation, _ shared: SharedComponents) {
        let route = operation.route
        name("responses")
        open("{")
        name("200")
        object { json in
            json.member(
                "description",
                route.documentType == nil ? "Done; or refused, under default handling." : "The document; or refused.")
            json.name("headers")
            json.object { json in json.headers(of: route) }
            json.name("content")
            json.object { json in json.content(of: route, shared.name(ofDefault: operation.defaultRefusals)) }
        }
        for refusals in operation.refusalsByStatus {
            let status = String(refusals[0].strictStatus.rawValue)
            if let name = shared.name(of: refusals) {
                reference(status, "responses/\(name)")
            } else {
                name(status)
                response(to: refusals, schema: nil)
            }
        }
        reference("429", "responses/TooManyRequests")
        for status in ["502", "504"] { reference(status, "responses/NotAnswered") }
        close("}")
    }

    /// A response of strict handling, or of a status that does not depend on the handling.
    /// - Parameter schema: the name of its schema; nil to write the schema in place.
    private mutating func response(to refusals: [APIError], schema: String?) {
        object { json in
            json.member("description", refusals.description)
            json.name("headers")
            json.object { json in
                json.reference("Preference-Applied", "headers/Preference-Applied")
                if refusals[0].strictStatus == .unavailable { json.reference("Retry-After", "headers/Retry-After") }
            }
            json.name("content")
            json.object { json in
                json.name("application/json")
                json.object { json in
                    if let schema { return json.reference("schema", "schemas/\(schema)") }
                    json.name("schema")
                    json.refusal(refusals, hasDetail: true)
                }
            }
        }
    }

    private mutating func headers(of route: Route) {
        reference("Preference-Applied", "headers/Preference-Applied")
        if route.isPaged { reference("Link", "headers/Link") }
        if route.id == "login" || route.id == "logout" { reference("Set-Cookie", "headers/Set-Cookie") }
    }

    private mutating func reference(_ name: String, _ path: String) {
        self.name(name)
        object { json in json.member("$ref", "#/components/\(path)") }
    }

    /// - Parameter refusal: the name of the schema of refusals with status 200; nil when there are none.
    private mutating func content(of route: Route, _ refusal: String?) {
        if let type = route.documentType, !type.hasPrefix("application/json") {
            name(String(type.prefix { $0 != ";" }))
            object { json in
                json.name("schema")
                json.schema(of: .text(""))
            }
            guard let refusal else { return }
            name("application/json")
            object { json in json.reference("schema", "schemas/\(refusal)") }
            return
        }
        name("application/json")
        object { json in
            json.name("schema")
            json.object { json in
                json.name("oneOf")
                json.open("[")
                if route.documentType != nil {
                    json.object { json in
                        json.member("type", "object")
                        json.member("required", ["openapi"])
                    }
                } else if let answer = route.answer {
                    json.success(answer)
                } else {
                    json.object { json in json.member("$ref", "#/components/schemas/Success") }
                }
                if let refusal { json.object { json in json.member("$ref", "#/components/schemas/\(refusal)") } }
                json.close("]")
            }
            if route.documentType == nil, let example = RecordedExample.recorded[route.id] {
                json.member(rawName: "example", example.answer)
            }
        }
    }

    private mutating func member(rawName name: String, _ text: String) {
        guard !text.isEmpty else { return }
        self.name(name)
        json(text)
    }

    private mutating func success(_ answer: Shape?) {
        open("{")
        member("type", "object")
        name("properties")
        open("{")
        name("_success")
        object { json in json.member("const", true) }
        if let answer {
            name("_data")
            schema(of: answer)
        }
        close("}")
        member("required", answer?.takesNull == false ? ["_success", "_data"] : ["_success"])
        member("additionalProperties", false)
        close("}")
    }

    /// - Parameter hasDetail: whether there may be `_param` and `_detail`.
    private mutating func refusal(_ refusals: [APIError], hasDetail: Bool) {
        open("{")
        member("type", "object")
        name("properties")
        open("{")
        name("_success")
        object { json in json.member("const", false) }
        name("_msg")
        words(refusals)
        if hasDetail {
            name("_param")
            schema(of: .text("The parameter at fault."))
            name("_detail")
            schema(of: .text("One sentence for people."))
        }
        close("}")
        member("required", ["_success", "_msg"])
        member("additionalProperties", false)
        close("}")
    }

    /// The schema of `_msg`. The words for a password name all that is wrong with it, so they may be joined by commas.
    private mutating func words(_ refusals: [APIError]) {
        let (passwords, others) = (refusals.filter(\.isOfPassword), refusals.filter { !$0.isOfPassword })
        open("{")
        if passwords.isEmpty {
            member("type", "string")
            member("enum", others.uniqueWords)
        } else {
            name("anyOf")
            open("[")
            if !others.isEmpty {
                object { json in
                    json.member("type", "string")
                    json.member("enum", others.uniqueWords)
                }
            }
            object { json in
                let one = "(\(passwords.uniqueWords.joined(separator: "|")))"
                json.member("type", "string")
                json.member("pattern", "^\(one)(,\(one))*$")
            }
            close("]")
        }
        close("}")
    }

    fileprivate mutating func components(_ groups: [RouteGroup], _ shared: SharedComponents) {
        var shapes: [String: Shape] = [:]
        for route in groups.flatMap(\.routes) { route.answer?.collectNamed(&shapes) }
        name("schemas")
        open("{")
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            var shape = shape
            shape.name = nil
            self.name(name)
            schema(of: shape)
        }
        name("Success")
        success(nil)
        name("Prefer")
        schema(of: .word(["handling=strict"], ""))
        for (name, refusals) in shared.defaults {
            self.name(name)
            refusal(refusals, hasDetail: false)
        }
        for (name, refusals) in shared.responses {
            self.name("Refused\(name)")
            refusal(refusals, hasDetail: true)
        }
        for (name, route) in shared.inputs {
            self.name(name + "Form")
            input(of: route, isForm: true)
            self.name(name + "JSON")
            input(of: route, isForm: false)
        }
        close("}")
        name("parameters")
        open("{")
        name("Prefer")
        object { json in
            json.member("name", "Prefer")
            json.member("in", "header")
            json.member(
                "description", "Strict handling: refusals get a status of their own, unknown parameters are refused.")
            json.reference("schema", "schemas/Prefer")
        }
        close("}")
        name("headers")
        open("{")
        header("Link", "The next part of the list, as RFC 8288 has it: rel=\"next\". Missing after the last.")
        header("Preference-Applied", "Only under strict handling: handling=strict.")
        header("Retry-After", "In how many seconds to try again.")
        header("Set-Cookie", "The session cookie; logout sends one that is over.")
        close("}")
        name("responses")
        open("{")
        for (name, refusals) in shared.responses {
            self.name(name)
            response(to: refusals, schema: "Refused\(name)")
        }
        ofWebServer("TooManyRequests", "From the web server: too many requests from this address.", .tooManyRequests)
        ofWebServer(
            "NotAnswered", "From the web server: it got no answer. A change may have been made.", .internalError(nil))
        close("}")
        name("securitySchemes")
        open("{")
        name("session")
        object { json in
            json.member("type", "apiKey")
            json.member("in", "cookie")
            json.member("name", SessionID.cookieName)
            json.member("description", "Set by login.")
        }
        close("}")
    }

    private mutating func ofWebServer(_ name: String, _ description: String, _ refusal: APIError) {
        self.name(name)
        object { json in
            json.member("description", description)
            json.name("headers")
            json.object { json in json.reference("Retry-After", "headers/Retry-After") }
            json.name("content")
            json.object { json in
                json.name("application/json")
                json.object { json in
                    json.name("schema")
                    json.refusal([refusal], hasDetail: false)
                }
            }
        }
    }

    private mutating func header(_ name: String, _ description: String) {
        self.name(name)
        object { json in
            json.member("description", description)
            json.name("schema")
            json.schema(of: .text(""))
        }
    }
}

extension Field {
    /// The summary and the rules across parameters, in sentences.
    var meaning: String {
        var sentences = [summary]
        if let needs { sentences.append("Only together with \(needs).") }
        if !conflicts.isEmpty { sentences.append("Not together with \(conflicts.joined(separator: ", ")).") }
        if let unreadBeside { sentences.append("Not read beside \(unreadBeside).") }
        return sentences.joined(separator: " ")
    }
}

extension Route {
    /// Whether its parameters come in a body.
    var hasBody: Bool { method == .post || method == .put }
}

extension APIError {
    /// Whether the word is one for a password, of which several may be joined by commas.
    var isOfPassword: Bool { word.hasPrefix("PW_") }
}

extension [APIError] {
    /// In their order, each once.
    fileprivate var uniqueWords: [String] {
        var seen: Set<String> = []
        return map(\.word).filter { seen.insert($0).inserted }
    }

    /// Each word with its meaning, for people.
    fileprivate var description: String {
        map { "`\($0.word)`: \($0.meaning)" }.joined(separator: "\n\n")
    }
}
