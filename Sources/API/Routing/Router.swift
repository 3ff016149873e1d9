import Gateway

/// Finds the route of a request.
struct Router: Sendable {
    enum Match {
        case route(Route, MatchedSegments)
        case methodNotAllowed([Method])
        case notFound
    }

    /// A place in the tree of paths: those whose first segments are the same.
    private final class Node: Sendable {
        let literals: [String: Node]
        let placeholders: [(placeholder: PathPattern.Placeholder, node: Node)]
        /// At most one for each method.
        let routes: [Route]

        /// - Parameters:
        ///   - indices: of the routes below this node.
        ///   - depth: how many of their segments lead to it.
        init(_ routes: [Route], _ indices: [Int], depth: Int) {
            var ended: [Route] = []
            var below: [PathPattern.Segment: [Int]] = [:]
            for index in indices {
                let segments = routes[index].pattern.segments
                if depth < segments.count {
                    below[segments[depth], default: []].append(index)
                } else if !ended.contains(where: { $0.method == routes[index].method }) {
                    ended.append(routes[index])
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
    private let basePath: [String]

    /// - Parameter basePath: what stands before `/api` in every path, such as `/iredadmin`; empty for nothing.
    init(_ routes: [Route], basePath: String) {
        root = Node(routes, Array(routes.indices), depth: 0)
        self.basePath = basePath.split(separator: "/").map(String.init)
    }

    /// - Parameter path: as sent. It is split at `/` first, then each segment is decoded once (`Security.md` C8).
    func match(_ method: Method, _ path: Substring) -> Match {
        guard var segments = PathSegment.all(of: path) else { return .notFound }
        if !basePath.isEmpty, segments.count >= basePath.count, zip(segments, basePath).allSatisfy({ $0.text == $1 }) {
            segments.removeFirst(basePath.count)
        }
        var allowed: Set<String> = []
        if let route = Self.find(method, segments, 0, below: root, &allowed) {
            return .route(route, MatchedSegments(route.pattern, segments))
        }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed.sorted().map(Method.init))
    }

    /// - Parameters:
    ///   - depth: how many segments lead to the node.
    ///   - allowed: gets the methods of routes that have the path and another method.
    private static func find(
        _ method: Method, _ segments: [PathSegment], _ depth: Int, below node: Node, _ allowed: inout Set<String>
    ) -> Route? {
        guard depth < segments.count else {
            if let index = node.routes.firstIndex(where: { $0.method == method }) { return node.routes[index] }
            allowed.formUnion(node.routes.map(\.method.text))
            return nil
        }
        let segment = segments[depth]
        if let text = segment.text, let next = node.literals[text],
            let found = find(method, segments, depth + 1, below: next, &allowed)
        {
            return found
        }
        for (placeholder, next) in node.placeholders
        where placeholder.accepts(segment, amongOthers: node.placeholders.count > 1) {
            if let found = find(method, segments, depth + 1, below: next, &allowed) { return found }
        }
        return nil
    }
}
