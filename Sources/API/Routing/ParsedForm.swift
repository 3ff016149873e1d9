/// The parameters of one request, parsed before the caller's rights are known. A fault is kept, and thrown by `input`
/// in its place in the order of `Contract.md` 2.3.
final class ParsedForm<Input: FormInput>: Sendable {
    /// As of `Form.restricted`.
    private let restricted: [(access: FieldAccess, field: String)]
    private let outcome: Result<Input, APIError>
    /// As of `Form.password`; nil also when there is a fault.
    let password: SentPassword?

    init(_ sent: FormSource, _ table: FieldTable) {
        var restricted: [(access: FieldAccess, field: String)] = []
        do throws(APIError) {
            // When this throws, `restricted` is empty, so an unreadable form is refused before closed fields are.
            var form = try Form(sent, table)
            restricted = form.restricted
            try form.refuseConflicts()
            let input = try Input(&form)
            try form.refuseUnknown()
            try form.refuseIncomplete()
            try input.check()
            (outcome, password) = (.success(input), form.password)
        } catch {
            (outcome, password) = (.failure(error), nil)
        }
        self.restricted = restricted
    }

    /// Whether there is a fault.
    var isRefused: Bool { if case .failure = outcome { true } else { false } }

    /// - Parameter closed: what the caller may not set; called only when it matters.
    /// - Throws: `PERMISSION_DENIED` for a field that is closed to the caller, else the fault.
    func input(closed: () throws -> FieldAccess = { [] }) throws -> Input {
        if !restricted.isEmpty {
            let closed = try closed()
            if let (_, field) = restricted.first(where: { !$0.access.isDisjoint(with: closed) }) {
                throw APIError.permissionDenied.at(field)
            }
        }
        return try outcome.get()
    }
}
