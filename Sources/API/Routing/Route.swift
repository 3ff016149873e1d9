package import Gateway

/// One line of a resource's contents page: method, path, who may, what it does, which function.
package struct Route: Sendable {
    package let method: Method
    let pattern: PathPattern
    package let access: Access
    package let summary: String
    /// Whether it changes anything: such a route is applied on the writer, inside its transaction.
    private(set) var changes: Bool
    /// The parameters, in the order of their declaration, or that an example does not parse.
    package let parameters: Result<[ParameterDescription], APIError>
    /// Whether it has an admission: what takes a password needs one.
    package let hasAdmission: Bool
    /// Whether the answer waits for a sign of life from the writer.
    private(set) var waitsForWriter = false
    let parse: @Sendable (SentForm) -> ParsedOperation

    /// As published, e.g. `/api/domain/<domain>`.
    package var path: String { pattern.text }

    func waitingForWriter() -> Route {
        var route = self
        route.waitsForWriter = true
        return route
    }

    /// The same, published with a method that changes something, and yet changing nothing.
    func changingNothing() -> Route {
        var route = self
        route.changes = false
        return route
    }

    /// A route about something that must exist, with parameters.
    ///
    /// - Parameters:
    ///   - admit: for one that may need slow work; see `Operation.admit`.
    ///   - outside: what it does beside the change of the store.
    init<Value, Input: FormInput>(
        _ method: Method, _ path: String, _ access: Access, _ summary: String, on target: Target<Value>,
        admit: Operation<Value, Input>.Admit? = nil, outside: OutsideSteps<Input> = OutsideSteps(),
        _ apply: @escaping Operation<Value, Input>.Apply
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
        hasAdmission = admit != nil
        let operation = Operation(target: target, admit: admit, outside: outside, apply: apply)
        parse = { sent in ParsedOperation(operation, ParsedForm(sent)) }
    }

    /// A route about something that must exist, without parameters.
    init<Value>(
        _ method: Method, _ path: String, _ access: Access, _ summary: String, on target: Target<Value>,
        _ apply: @escaping @Sendable (Call, Value) throws -> Reply
    ) {
        self.init(method, path, access, summary, on: target) { (call, value, _: NoInput) in try apply(call, value) }
    }

    /// A route that looks for nothing beforehand.
    init<Input: FormInput>(
        _ method: Method, _ path: String, _ access: Access, _ summary: String,
        admit: (@Sendable (Call, Input) throws -> SlowWork?)? = nil,
        _ apply: @escaping @Sendable (Call, Input) throws -> Reply
    ) {
        let admission = admit.map { admit -> Operation<Void, Input>.Admit in
            { call, _, input in try admit(call, input) }
        }
        self.init(method, path, access, summary, on: Target.none, admit: admission) { call, _, input in
            try apply(call, input)
        }
    }

    /// A route that looks for nothing beforehand and has no parameters.
    init(
        _ method: Method, _ path: String, _ access: Access, _ summary: String,
        _ apply: @escaping @Sendable (Call) throws -> Reply
    ) {
        self.init(method, path, access, summary) { (call, _: NoInput) in try apply(call) }
    }
}

/// No parameters.
struct NoInput: FormInput {
    init(_ form: inout Form) throws(APIError) {}
}
