package import Gateway

/// One line of a resource's contents page: method, path, who may, what it does, which function.
package struct Route: Sendable {
    package let method: Method
    let pattern: PathPattern
    package let access: Access
    package let summary: String
    /// Whether it changes anything: such a route runs on the writer, inside its transaction.
    let changes: Bool
    /// The parameters, in the order of their declaration, or that an example does not parse.
    package let parameters: Result<[ParameterDescription], APIError>
    /// Whose passwords it takes.
    let secrets: Set<SecretKind>
    /// Whether the answer waits for a sign of life from the writer.
    private(set) var waitsForWriter = false
    let run: @Sendable (Call, Form.Source) throws(APIError) -> Reply

    /// As published, e.g. `/api/domain/<domain>`.
    package var path: String { pattern.text }

    func waitingForWriter() -> Route {
        var route = self
        route.waitsForWriter = true
        return route
    }

    /// A route about something that must exist, with parameters.
    init<Value, Input: FormInput>(
        _ method: Method, _ path: String, _ access: Access, _ summary: String, on target: Target<Value>,
        _ handler: @escaping @Sendable (Call, Value, Input) throws(APIError) -> Reply
    ) {
        self.method = method
        pattern = PathPattern(path)
        self.access = access
        self.summary = summary
        changes = method != .get
        var form = Form(describing: ())
        do throws(APIError) {
            _ = try Input(&form)
            parameters = .success(form.described)
        } catch {
            parameters = .failure(error)
        }
        secrets = Set(form.described.compactMap(\.secret))
        run = { (call, source) throws(APIError) in
            let value = try target.find(call)
            var form = try Form(
                source, isStrict: call.isStrict, closedProfiles: try target.closedProfiles(call, value))
            let input = try Input(&form)
            try form.refuseUnknown()
            try input.check()
            return try handler(call, value, input)
        }
    }

    /// A route about something that must exist, without parameters.
    init<Value>(
        _ method: Method, _ path: String, _ access: Access, _ summary: String, on target: Target<Value>,
        _ handler: @escaping @Sendable (Call, Value) throws(APIError) -> Reply
    ) {
        self.init(method, path, access, summary, on: target) { (call, value, _: NoInput) throws(APIError) in
            try handler(call, value)
        }
    }

    /// A route that looks for nothing beforehand.
    init<Input: FormInput>(
        _ method: Method, _ path: String, _ access: Access, _ summary: String,
        _ handler: @escaping @Sendable (Call, Input) throws(APIError) -> Reply
    ) {
        self.init(method, path, access, summary, on: Target.none) { (call, _, input: Input) throws(APIError) in
            try handler(call, input)
        }
    }

    /// A route that looks for nothing beforehand and has no parameters.
    init(
        _ method: Method, _ path: String, _ access: Access, _ summary: String,
        _ handler: @escaping @Sendable (Call) throws(APIError) -> Reply
    ) {
        self.init(method, path, access, summary) { (call, _: NoInput) throws(APIError) in try handler(call) }
    }
}

/// No parameters.
struct NoInput: FormInput {
    init(_ form: inout Form) throws(APIError) {}
}
