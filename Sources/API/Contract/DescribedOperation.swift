import Gateway

/// One operation of the OpenAPI document: one route, or two whose paths differ only in the kind of a placeholder, such
/// as `<domain>` and `<mail>`, because OpenAPI takes these for the same path.
struct DescribedOperation {
    let tag: String
    var routes: [Route]

    var route: Route { routes[0] }
    var isMerged: Bool { routes.count > 1 }
    var id: String { isMerged ? route.merged?.id ?? route.id : route.id }
    var summary: String { isMerged ? route.merged?.summary ?? route.summary : route.summary }

    var placeholders: [(name: String, shape: Shape, example: String)] {
        let first = routes[0].pattern.placeholders
        return first.indices.map { index in
            let all = routes.map { $0.pattern.placeholders[index] }
            guard isMerged, Set(all.map(\.name)).count > 1 else {
                return (first[index].name, first[index].shape, first[index].example)
            }
            return ("scope", .text("A mail domain, or the address of an account."), first[index].example)
        }
    }

    /// The path with `{name}` for each placeholder.
    var path: String {
        var names = placeholders.map(\.name).makeIterator()
        return "/"
            + route.path.split(separator: "/").map { $0.hasPrefix("<") ? "{\(names.next() ?? "")}" : String($0) }
            .joined(separator: "/")
    }

    /// The refusals by their status under strict handling, ascending.
    var refusalsByStatus: [[APIError]] {
        Dictionary(grouping: refusals, by: \.strictStatus).sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
    }

    /// Those with status 200 under default handling.
    var defaultRefusals: [APIError] { refusals.filter { $0.status == .ok } }

    var refusals: [APIError] {
        var seen: Set<String> = []
        return routes.flatMap(\.refusals).filter { seen.insert("\($0.word) \($0.strictStatus.rawValue)").inserted }
    }

    /// All operations by path, in the order of the tables.
    static func all(of groups: [RouteGroup]) -> [(path: String, operations: [DescribedOperation])] {
        var operations: [DescribedOperation] = []
        var places: [String: Int] = [:]
        for group in groups {
            for route in group.routes {
                let template = route.path.split(separator: "/").map { $0.hasPrefix("<") ? "<>" : $0 }
                let key = "\(route.method.text) \(template.joined(separator: "/"))"
                if let place = places[key] {
                    operations[place].routes.append(route)
                } else {
                    places[key] = operations.count
                    operations.append(DescribedOperation(tag: group.name, routes: [route]))
                }
            }
        }
        var order: [String] = []
        var byPath: [String: [DescribedOperation]] = [:]
        for operation in operations {
            let path = operation.path
            if byPath[path] == nil { order.append(path) }
            byPath[path, default: []].append(operation)
        }
        return order.map { ($0, byPath[$0] ?? []) }
    }
}
