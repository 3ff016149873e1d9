import PasswordHash

/// The parameters of one request, read before anybody knows whether the caller may send them. What is wrong with them is
/// kept, and told in the order of the contract once the caller may hear it.
final class ParsedForm<Input: FormInput>: Sendable {
    private let touched: [(profile: String, field: String)]
    private let outcome: Outcome
    /// The password that was sent, if all is well.
    let password: SentPassword?

    private enum Outcome {
        case input(Input)
        /// It cannot be read as a form: told before any field is looked at.
        case defect(APIError)
        /// Fields exclude each other, have unfit values or are unknown: told after the fields that are closed.
        case refusal(APIError)
    }

    /// - Parameter body: nil when the method has none.
    init(query: Substring, body: [UInt8]?, contentType: String?, isStrict: Bool) {
        var form: Form
        do throws(APIError) {
            form = try Form(query: query, body: body, contentType: contentType, isStrict: isStrict)
        } catch {
            (touched, outcome, password) = ([], .defect(error), nil)
            return
        }
        do throws(APIError) {
            let input = try Input(&form)
            try form.refuseUnknown()
            try input.check()
            (touched, outcome, password) = (form.touched, .input(input), form.password)
        } catch {
            (touched, outcome, password) = (form.touched, .refusal(error), nil)
        }
    }

    /// Whether nobody may do what was asked for.
    var isRefused: Bool { if case .input = outcome { false } else { true } }

    /// What was asked for.
    /// - Parameter closedProfiles: the parts of the profile that the caller may not change; asked when it matters.
    /// - Throws: why the request is refused.
    func input(closedProfiles: () throws -> Set<String> = { [] }) throws -> Input {
        if case .defect(let error) = outcome { throw error }
        if !touched.isEmpty {
            let closed = try closedProfiles()
            if let (_, field) = touched.first(where: { closed.contains($0.profile) }) {
                throw APIError.permissionDenied.at(field)
            }
        }
        switch outcome {
        case .input(let input): return input
        case .defect(let error), .refusal(let error): throw error
        }
    }
}

/// A password in a request, and whose it is.
struct SentPassword: Sendable {
    let kind: SecretKind
    let secret: Secret

    init(_ kind: SecretKind, _ secret: Secret) {
        self.kind = kind
        self.secret = secret
    }
}
