import Gateway

/// Finds the route of a request.
struct Router: Sendable {
    enum Match {
        case route(Route, PathParameters)
        case methodNotAllowed([Method])
        case notFound
    }

    private final class Node: Sendable {
        let literals: [String: Node]
        let placeholders: [(placeholder: PathPattern.Placeholder, node: Node)]
        let routes: [Method: Route]

        /// - Parameters:
        ///   - indices: of the routes below this node.
        ///   - depth: how many of their segments lead to it.
        init(_ routes: [Route], _ indices: [Int], depth: Int) {
            var ended: [Method: Route] = [:]
            var below: [PathPattern.Segment: [Int]] = [:]
            for index in indices {
                let segments = routes[index].pattern.segments
                if depth < segments.count {
                    below[segments[depth], default: []].append(index)
                } else if ended[routes[index].method] == nil {
                    ended[routes[index].method] = routes[index]
                }
            }
            self.routes = ended
            var literals: [String: Node] = [:]
            var placeholders: [(placeholder: PathPattern.Placeholder, node: Node)] = []
            for (segment, indices) in below {
                let node = Node(routes, indices, depth: depth + 1)
                switch segment {
                case .literal(let text): literals[text] = node
                case .placeholder(let placeholder): placeholders.append((placeholder, node))
                }
            }
            self.literals = literals
            self.placeholders = placeholders.sorted { $0.placeholder.rawValue < $1.placeholder.rawValue }
        }
    }

    private let root: Node
    private let basePath: [Substring]

    /// - Parameter basePath: what stands before `/api` in every path, such as `/iredadmin`; empty for nothing.
    init(_ routes: [Route], basePath: String) {
        root = Node(routes, Array(routes.indices), depth: 0)
        self.basePath = basePath.split(separator: "/")
    }

    /// - Parameter target: the raw request target; split at `/` first, each segment decoded once.
    func match(_ method: Method, _ target: String) -> Match {
        let bytes = target.utf8
        let path = bytes.prefix { $0 != UInt8(ascii: "?") }
        guard path.first == UInt8(ascii: "/") else { return .notFound }
        var pieces = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        if !basePath.isEmpty, pieces.starts(with: basePath) { pieces.removeFirst(basePath.count) }
        var allowed: Set<String> = []
        if let (route, parameters) = Self.find(method, pieces.map(PathSegment.init)[...], below: root, PathParameters(), &allowed) {
            return .route(route, parameters)
        }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed.sorted().map(Method.init))
    }

    private static func find(
        _ method: Method, _ segments: ArraySlice<PathSegment>, below node: Node, _ parameters: PathParameters,
        _ allowed: inout Set<String>
    ) -> (Route, PathParameters)? {
        guard let segment = segments.first else {
            if let route = node.routes[method] { return (route, parameters) }
            allowed.formUnion(node.routes.keys.map(\.text))
            return nil
        }
        if let text = segment.text, let next = node.literals[text],
            let found = find(method, segments.dropFirst(), below: next, parameters, &allowed)
        {
            return found
        }
        for (placeholder, next) in node.placeholders
        where placeholder.accepts(segment, amongOthers: node.placeholders.count > 1) {
            var parameters = parameters
            parameters[placeholder] = segment
            if let found = find(method, segments.dropFirst(), below: next, parameters, &allowed) { return found }
        }
        return nil
    }
}
