package import Gateway
import PasswordHash

/// One operation, declared once: what it is called, who may, what it takes, answers and refuses, and which functions do it.
/// The router, parsing, the rights, the document for machines and the page for people are made from it.
package struct Route: Sendable {
    package let method: Method
    let pattern: PathPattern
    package let access: Access
    /// Whether it changes anything: such a route is applied on the writer, inside its transaction.
    private(set) var changes: Bool
    package let fields: FieldTable
    /// Whether it has an admission: what takes a password needs one.
    package let hasAdmission: Bool
    /// Whether the answer waits for a sign of life from the writer.
    private(set) var waitsForWriter = false
    /// Whether it reads anything stored, in one snapshot.
    private(set) var usesStore = true
    let parse: @Sendable (SentForm) -> ParsedOperation
    private var told: Told

    /// What no request needs, behind one reference: a route is copied for each.
    private final class Told: Sendable {
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
        /// The part of the profile whose closing keeps normal admins out.
        var part: String?
    }

    /// As published, e.g. `/api/domain/<domain>`.
    package var path: String { pattern.text }
    /// Its name among all operations, fit for a method of a client: `create_domain`.
    package var id: String { told.description.id }
    /// One sentence.
    package var summary: String { told.description.summary }
    /// In the order of their declaration.
    package var parameters: [Field] { fields.fields }
    /// `_data`; nil for a bare success.
    package var answer: Shape? { told.description.answer }
    /// The content type of an answer that is no envelope; nil for the envelope.
    package var documentType: String? { told.description.documentType }
    /// What refuses it beside what access, path, target and parameters do.
    package var ownRefusals: [APIError] { told.description.ownRefusals }
    /// Whether it is an extra beside the published operations.
    package var isExtra: Bool { told.description.isExtra }
    /// Names of parameters beside the published ones.
    package var extraParameters: Set<String> { told.description.extraParameters }
    /// Id and summary for the document, where operations whose paths differ in the kind of a placeholder only are one; nil
    /// when there is no other.
    package var merged: (id: String, summary: String)? { told.description.merged }
    /// Who may use it, for the documentation.
    package var who: String {
        guard let part = told.description.part, access != .globalAdmin else { return access.meaning }
        return "\(access.meaning), where its settings leave \(part) open"
    }
    /// Of the type of its parameters, for the documentation.
    var inputName: String { told.description.inputName }

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

    /// The same, but none of the published operations.
    func extra() -> Route { described { $0.isExtra = true } }

    /// The same, with parameters beside the published ones.
    func extra(parameters: [String]) -> Route {
        // As of `FieldTable`: a mistake in the program, met at every start.
        for name in parameters {
            guard self.parameters.contains(where: { $0.name == name }) else {
                fatalError("\(id): nobody declared \(name)")
            }
        }
        return described { $0.extraParameters.formUnion(parameters) }
    }

    /// The same, described together with the operation whose path differs in the kind of one placeholder only.
    func merged(id: String, _ summary: String) -> Route { described { $0.merged = (id, summary) } }

    /// The same, closed to normal admins where the domain's settings close a part of the profile.
    func closed(with part: String) -> Route { described { $0.part = part } }

    /// The same, answering a document of its own instead of the envelope.
    func answering(_ type: String) -> Route { described { $0.documentType = type } }

    /// The same, about nothing that is stored.
    func withoutStore() -> Route {
        var route = self
        route.usesStore = false
        return route
    }

    private func described(_ change: (inout Description) -> Void) -> Route {
        var description = told.description
        change(&description)
        var route = self
        route.told = Told(description)
        return route
    }

    /// A route about something that must exist, with parameters.
    ///
    /// - Parameters:
    ///   - answer: `_data`; nil for a bare success.
    ///   - refusals: what its functions refuse it for.
    ///   - admit: for one that may need slow work; see `Operation.admit`.
    ///   - outside: what it does beside the change of the store.
    init<Value, Input: FormInput>(
        _ method: Method, _ path: String, _ id: String, _ access: Access, _ summary: String, on target: Target<Value>,
        answers answer: Shape? = nil, refuses refusals: [APIError] = [], admit: Operation<Value, Input>.Admit? = nil,
        outside: OutsideSteps<Input> = OutsideSteps(), _ apply: @escaping Operation<Value, Input>.Apply
    ) {
        self.method = method
        pattern = PathPattern(path)
        self.access = access
        told = Told(
            Description(
                id: id, summary: summary, inputName: "\(Input.self)", answer: answer, ownRefusals: refusals,
                targetRefusals: target.refusals))
        changes = method != .get
        let fields = FieldTable.of(Input.self)
        // Else it would be open to everybody: a mistake in the program, met at every start.
        if let field = fields.fields.first(where: { !$0.access.isSubset(of: target.judged) }) {
            fatalError("\(id): nobody decides who may set \(field.name)")
        }
        self.fields = fields
        hasAdmission = admit != nil
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

    /// A route that looks for nothing beforehand.
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

    /// A route that looks for nothing beforehand and has no parameters.
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

/// No parameters.
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
    /// Every refusal with the word and the statuses it has here, each once: its own first, then what any request may meet.
    package var refusals: [APIError] {
        var seen: Set<String> = []
        return (ownRefusals + derivedRefusals + APIError.ofAnyRequest).filter { refusal in
            seen.insert("\(refusal.word) \(refusal.strictStatus.rawValue)").inserted
        }
    }

    /// What follows from the other parts of the declaration.
    private var derivedRefusals: [APIError] {
        var refusals = told.description.targetRefusals
        for placeholder in pattern.placeholders { refusals += placeholder.refusals }
        if access != .open { refusals.append(.loginRequired) }
        // Also refused: what a browser sends on behalf of another site.
        if access.excludesSomeAdmins || method != .get { refusals.append(.permissionDenied) }
        if access.concernsDomains {
            // What is being deleted is not there any more.
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
    /// Under strict handling a parameter that is not known; what cannot be read; what the gate and the server refuse.
    static let ofAnyRequest = [
        invalidParameter, unreadable, tooLarge, notAuthorized, notFound, internalError(nil), overloaded, domainBusy,
    ]
}
