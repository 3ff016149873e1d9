import Gateway

/// What several operations have in common word by word, so that the OpenAPI document has it once: responses, refusals
/// with status 200, and bodies.
struct SharedComponents {
    struct Refused: Hashable {
        let status: HTTPStatus
        let words: [String]
    }

    private(set) var responses: [(name: String, refusals: [APIError])] = []
    private var responseNames: [Refused: String] = [:]
    /// The refusals of default handling.
    private(set) var defaults: [(name: String, refusals: [APIError])] = []
    private var defaultNames: [[String]: String] = [:]
    private(set) var inputs: [(name: String, route: Route)] = []
    private var inputNames: [[String]: String] = [:]

    init(_ operations: [DescribedOperation]) {
        var refused: [Refused: Int] = [:]
        var taken: [[String]: Int] = [:]
        for operation in operations {
            let key = Self.key(defaults: operation.defaultRefusals)
            if !key.isEmpty, defaultNames[key] == nil {
                let name = "Refusal" + (defaults.isEmpty ? "" : String(defaults.count + 1))
                defaultNames[key] = name
                defaults.append((name, operation.defaultRefusals))
            }
            for refusals in operation.refusalsByStatus { refused[Self.key(refusals), default: 0] += 1 }
            if operation.route.hasBody { taken[Self.key(operation.route), default: 0] += 1 }
        }
        var counts: [HTTPStatus: Int] = [:]
        for operation in operations {
            for refusals in operation.refusalsByStatus {
                let key = Self.key(refusals)
                guard refused[key, default: 0] > 1, responseNames[key] == nil else { continue }
                counts[key.status, default: 0] += 1
                let number = counts[key.status, default: 1]
                let name = key.status.reason.filter { $0 != " " } + (number == 1 ? "" : String(number))
                responseNames[key] = name
                responses.append((name, refusals))
            }
            let key = Self.key(operation.route)
            guard operation.route.hasBody, !key.isEmpty, taken[key, default: 0] > 1, inputNames[key] == nil else {
                continue
            }
            let name = operation.route.inputName
            // The same input type with other parameters marked as extras is written in place.
            guard !inputs.contains(where: { $0.name == name }) else { continue }
            inputNames[key] = name
            inputs.append((name, operation.route))
        }
    }

    func name(ofDefault refusals: [APIError]) -> String? { defaultNames[Self.key(defaults: refusals)] }
    func name(of refusals: [APIError]) -> String? { responseNames[Self.key(refusals)] }
    func name(ofInputOf route: Route) -> String? { inputNames[Self.key(route)] }

    private static func key(defaults refusals: [APIError]) -> [String] { Set(refusals.map(\.word)).sorted() }

    private static func key(_ refusals: [APIError]) -> Refused {
        Refused(status: refusals[0].strictStatus, words: refusals.map(\.word).sorted())
    }

    private static func key(_ route: Route) -> [String] {
        route.parameters.map { field in
            let isExtra = route.extraParameters.contains(field.name)
            return """
                \(field.name) \(field.isRequired) \(isExtra) \(field.summary) \(field.kind) \(field.access.rawValue) \
                \(field.older ?? "") \(field.conflicts) \(field.needs ?? "")
                """
        }
    }
}
