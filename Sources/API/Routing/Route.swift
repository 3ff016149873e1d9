package import Gateway
import PasswordHash

/// One operation, declared once: its path, who may use it, what it takes, answers and refuses, and its functions. The
/// router, parsing, the checks of rights, the OpenAPI document and the reference page are made from this.
///
///     Route(.get, "/api/domain/<domain>", "get_domain", .domainClaimant, "Profile of a mail domain.",
///           on: .domain, answers: .domainProfile, show)
///
/// `Router` finds the route by its `PathPattern`. `Access` and `Target` decide about rights. An input type
/// (`FormInput`) reads the parameters from a `Form`, each by its `FieldType`. The functions take a `Call` and the
/// input, and return a `Reply` or throw an `APIError`.
package struct Route: Sendable {
    package let method: Method
    let pattern: PathPattern
    package let access: Access
    /// Whether it changes anything: such a route is applied on the writer, inside its transaction.
    private(set) var changes: Bool
    package let fields: FieldTable
    /// Whether the answer waits until the writer has done an empty job.
    private(set) var waitsForWriter = false
    /// Whether it reads the databases, in one snapshot.
    private(set) var usesStore = true
    /// As of `Target`.
    let announcesAll: Bool
    let parse: @Sendable (FormSource) -> ParsedOperation
    private var described: Described

    /// What only the documentation needs, behind one reference, because a route is copied for each request.
    private final class Described: Sendable {
        let description: Description

        init(_ description: Description) { self.description = description }
    }

    private struct Description: Sendable {
        let id: String
        let summary: String
        let inputName: String
        let answer: Shape?
        let ownRefusals: [APIError]
        let targetRefusals: [APIError]
        var documentType: String?
        var isExtra = false
        var extraParameters: Set<String> = []
        var merged: (id: String, summary: String)?
        /// The part of a profile that, when a domain's settings close it, keeps normal admins out; nil for none.
        var part: String?
    }

    /// As published, e.g. `/api/domain/<domain>`.
    package var path: String { pattern.text }
    /// Its name among all operations, usable for a method of a client: `create_domain`.
    package var id: String { described.description.id }
    /// One sentence.
    package var summary: String { described.description.summary }
    /// In the order of their declaration.
    package var parameters: [Field] { fields.fields }
    /// The shape of `_data`; nil for a bare success.
    package var answer: Shape? { described.description.answer }
    /// The content type of an answer without the envelope; nil for the envelope.
    package var documentType: String? { described.description.documentType }
    /// Refusals by its own rules, beside those that follow from access, path, target and parameters.
    package var ownRefusals: [APIError] { described.description.ownRefusals }
    /// Whether it is an extra, not a published operation.
    package var isExtra: Bool { described.description.isExtra }
    /// Names of parameters that are extras.
    package var extraParameters: Set<String> { described.description.extraParameters }
    /// Id and summary of this operation together with the one whose path differs only in the kind of a placeholder
    /// (`DescribedOperation`); nil when there is no such.
    package var merged: (id: String, summary: String)? { described.description.merged }
    /// Who may use it, for the documentation.
    package var who: String {
        guard let part = described.description.part, access != .globalAdmin else { return access.meaning }
        return "\(access.meaning), where its settings leave \(part) open"
    }
    /// The name of the type of its parameters, for the documentation.
    var inputName: String { described.description.inputName }

    /// Whether what it answers may come from a standby. What the program's own tools read may decide on changes.
    var mayReadFromStandby: Bool { method == .get && usesStore && !waitsForWriter && !access.isForTools }

    /// The same, answering only when the writer has done an empty job.
    func waitingForWriter() -> Route {
        var route = self
        route.waitsForWriter = true
        return route
    }

    /// The same, applied on a reader: it changes nothing, although its method is not GET.
    func changingNothing() -> Route {
        var route = self
        route.changes = false
        return route
    }

    /// The same, marked as an extra.
    func extra() -> Route { describing { $0.isExtra = true } }

    /// The same, with these parameters marked as extras.
    func extra(parameters: [String]) -> Route {
        // A mistake in the program, which every start would meet.
        for name in parameters {
            guard self.parameters.contains(where: { $0.name == name }) else {
                fatalError("\(id): nobody declared \(name)")
            }
        }
        return describing { $0.extraParameters.formUnion(parameters) }
    }

    /// The same, described together with the operation whose path differs only in the kind of a placeholder.
    func merged(id: String, _ summary: String) -> Route { describing { $0.merged = (id, summary) } }

    /// The same, described as closed to normal admins where the domain's settings close a part of the profile. The
    /// target checks this.
    func describedAsClosed(with part: String) -> Route { describing { $0.part = part } }

    /// The same, answering a document of its own instead of the envelope.
    func answering(_ type: String) -> Route { describing { $0.documentType = type } }

    /// The same, reading no database.
    func withoutStore() -> Route {
        var route = self
        route.usesStore = false
        return route
    }

    private func describing(_ change: (inout Description) -> Void) -> Route {
        var description = described.description
        change(&description)
        var route = self
        route.described = Described(description)
        return route
    }

    /// A route about something that must exist, with parameters. Stops the program when nothing decides who may set one
    /// of the parameters.
    ///
    /// - Parameters:
    ///   - answer: the shape of `_data`; nil for a bare success.
    ///   - refusals: what its own functions throw.
    ///   - admit: for one that may need slow work; see `Operation.admit`.
    ///   - outside: what it does outside the store.
    init<Value, Input: FormInput>(
        _ method: Method, _ path: String, _ id: String, _ access: Access, _ summary: String, on target: Target<Value>,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [], admit: Operation<Value, Input>.Admit? = nil,
        outside: OutsideSteps<Value, Input> = OutsideSteps(), _ apply: @escaping Operation<Value, Input>.Apply
    ) {
        self.method = method
        pattern = PathPattern(path)
        self.access = access
        described = Described(
            Description(
                id: id, summary: summary, inputName: "\(Input.self)", answer: answer, ownRefusals: refusals,
                targetRefusals: target.refusals))
        changes = method != .get
        let fields = FieldTable.of(Input.self)
        // Otherwise everybody could set it. A mistake in the program, which every start would meet.
        if let field = fields.fields.first(where: { !$0.access.isSubset(of: target.decidable) }) {
            fatalError("\(id): nobody decides who may set \(field.name)")
        }
        // Otherwise a slow hash, or the check of a password, would be missing when the change is applied.
        if admit == nil, fields.fields.contains(where: { $0.secret != nil && $0.secret != .hash }) {
            fatalError("\(id): it takes a password, so it needs an admission")
        }
        self.fields = fields
        announcesAll = target.announcesAll
        let operation = Operation(target: target, admit: admit, outside: outside, apply: apply)
        parse = { sent in ParsedOperation(operation, ParsedForm(sent, fields)) }
    }

    /// A route about something that must exist, without parameters.
    init<Value>(
        _ method: Method, _ path: String, _ id: String, _ access: Access, _ summary: String, on target: Target<Value>,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [],
        _ apply: @escaping @Sendable (Call, Value) throws -> Reply
    ) {
        self.init(method, path, id, access, summary, on: target, answers: answer, refuses: refusals) {
            (call, value, _: NoInput) in try apply(call, value)
        }
    }

    /// A route without a target.
    init<Input: FormInput>(
        _ method: Method, _ path: String, _ id: String, _ access: Access, _ summary: String,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [],
        admit: (@Sendable (Call, Input) throws -> SlowWork?)? = nil,
        _ apply: @escaping @Sendable (Call, Input) throws -> Reply
    ) {
        let admission = admit.map { admit -> Operation<Void, Input>.Admit in
            { call, _, input in try admit(call, input) }
        }
        self.init(
            method, path, id, access, summary, on: Target.none, answers: answer, refuses: refusals, admit: admission
        ) { call, _, input in
            try apply(call, input)
        }
    }

    /// A route without a target and without parameters.
    init(
        _ method: Method, _ path: String, _ id: String, _ access: Access, _ summary: String,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [],
        _ apply: @escaping @Sendable (Call) throws -> Reply
    ) {
        self.init(method, path, id, access, summary, answers: answer, refuses: refusals) { (call, _: NoInput) in
            try apply(call)
        }
    }
}

struct NoInput: FormInput {
    init(_ form: inout Form) throws(APIError) {}
}

/// The operations of one resource.
package struct RouteGroup: Sendable {
    package let name: String
    /// One sentence.
    package let summary: String
    package let routes: [Route]
}

extension Route {
    /// Everything that may refuse a request, each once: the operation's own refusals first, those of any request last.
    package var refusals: [APIError] {
        var seen: Set<String> = []
        return (ownRefusals + derivedRefusals + APIError.ofAnyRequest).filter { refusal in
            seen.insert("\(refusal.word) \(refusal.strictStatus.rawValue)").inserted
        }
    }

    /// What follows from the other parts of the declaration.
    private var derivedRefusals: [APIError] {
        var refusals = described.description.targetRefusals
        for placeholder in pattern.placeholders { refusals += placeholder.refusals }
        if access != .open { refusals.append(.loginRequired) }
        // Any method but GET is also refused when a browser sends it for another site's page.
        if access.excludesSomeAdmins || method != .get { refusals.append(.permissionDenied) }
        if access.concernsDomains {
            // A domain that is being deleted does not exist for a read.
            if method == .get { refusals.append(pattern.has(.mail) ? .noSuchAccount : .noSuchDomain) }
        }
        if !fields.conflicts.isEmpty { refusals.append(.parameterConflict) }
        if !fields.needs.isEmpty { refusals.append(.missingParameter) }
        for field in parameters {
            if !field.access.isEmpty { refusals.append(.permissionDenied) }
            if field.secret == .user || field.secret == .admin {
                refusals += PasswordPolicy.Failure.allCases.map { .passwordPolicy([$0]) }
            }
            refusals += field.refusals
        }
        if method == .post || method == .put { refusals.append(.unsupportedMediaType) }
        return refusals
    }

    /// Whether parts of a list can be asked for: the header `Link` then leads to the next.
    package var isPaged: Bool { Paging.parameters.allSatisfy { name in parameters.contains { $0.name == name } } }
}

extension APIError {
    /// What may refuse any request: an unknown parameter, an unreadable form, the gate, the state of the server.
    static let ofAnyRequest = [
        invalidParameter, unreadable, tooLarge, notAuthorized, notFound, internalError(nil), overloaded, domainBusy,
    ]
}
