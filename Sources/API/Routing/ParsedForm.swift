/// The parameters of one request, read before anybody knows whether the caller may send them. What is wrong with them is
/// kept, and told in the order of the contract once the caller may hear it.
final class ParsedForm<Input: FormInput>: Sendable {
    /// The fields that were sent and need an open part of a profile.
    private let touched: [(access: FieldAccess, field: String)]
    private let outcome: Result<Input, APIError>
    /// As of `Form.password`; nil also when the request is refused.
    let password: SentPassword?

    init(_ sent: SentForm, _ table: FieldTable) {
        var touched: [(access: FieldAccess, field: String)] = []
        do throws(APIError) {
            // What cannot be read touches nothing, so that is told before the fields that are closed.
            var form = try Form(sent, table)
            touched = form.touched
            try form.refuseConflicts()
            let input = try Input(&form)
            try form.refuseUnknown()
            try form.refuseIncomplete()
            try input.check()
            (outcome, password) = (.success(input), form.password)
        } catch {
            (outcome, password) = (.failure(error), nil)
        }
        self.touched = touched
    }

    /// Whether nobody may do what was asked for.
    var isRefused: Bool { if case .failure = outcome { true } else { false } }

    /// What was asked for.
    /// - Parameter closed: the parts of the profile that are closed to the caller; asked when it matters.
    /// - Throws: why the request is refused.
    func input(closed: () throws -> FieldAccess = { [] }) throws -> Input {
        if !touched.isEmpty {
            let closed = try closed()
            if let (_, field) = touched.first(where: { !$0.access.isDisjoint(with: closed) }) {
                throw APIError.permissionDenied.at(field)
            }
        }
        return try outcome.get()
    }
}
