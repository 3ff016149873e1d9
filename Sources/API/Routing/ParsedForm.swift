/// The parameters of one request, read before anybody knows whether the caller may send them. What is wrong with them is
/// kept, and told in the order of the contract once the caller may hear it.
final class ParsedForm<Input: FormInput>: Sendable {
    private let touched: [(profile: String, field: String)]
    private let outcome: Result<Input, APIError>
    /// As of `Form.password`; nil also when the request is refused.
    let password: SentPassword?

    init(_ sent: SentForm) {
        var touched: [(profile: String, field: String)] = []
        do throws(APIError) {
            var form = try Form(sent)
            // What cannot be read touches nothing, so that is told before the fields that are closed.
            defer { touched = form.touched }
            let input = try Input(&form)
            try form.refuseUnknown()
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
    /// - Parameter closedProfiles: the parts of the profile that the caller may not change; asked when it matters.
    /// - Throws: why the request is refused.
    func input(closedProfiles: () throws -> Set<String> = { [] }) throws -> Input {
        if !touched.isEmpty {
            let closed = try closedProfiles()
            if let (_, field) = touched.first(where: { closed.contains($0.profile) }) {
                throw APIError.permissionDenied.at(field)
            }
        }
        return try outcome.get()
    }
}
