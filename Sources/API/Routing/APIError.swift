package import Gateway
import Mail
import MailStore

/// Why a request was refused: a word of the contract, and the HTTP status that goes with it.
package struct APIError: Error {
    /// The client sees it in `_msg`.
    package let word: String
    /// Of the default handling: 200 for every refusal that a client of the published API expects in the body alone.
    package let status: HTTPStatus
    /// Of strict handling.
    package let strictStatus: HTTPStatus
    /// The parameter at fault; shown by strict handling.
    package private(set) var parameter: String?
    /// One sentence for people; shown by strict handling.
    package private(set) var detail: String?
    /// What the path takes instead, for the `Allow` header.
    package private(set) var allowedMethods: [Method]?
    /// For the log, never for a client.
    package private(set) var cause: (any Error)?

    /// A refusal of the business kind.
    private init(_ word: String, strict: HTTPStatus) {
        self.word = word
        status = .ok
        strictStatus = strict
    }

    /// A refusal whose status does not depend on the handling.
    private init(_ word: String, always status: HTTPStatus, cause: (any Error)? = nil) {
        self.word = word
        self.status = status
        strictStatus = status
        self.cause = cause
    }

    /// - Parameter detail: one sentence for people.
    func at(_ parameter: String, _ detail: String? = nil) -> APIError {
        var error = self
        error.parameter = parameter
        error.detail = detail ?? self.detail
        return error
    }

    func explained(_ detail: String) -> APIError {
        var error = self
        error.detail = detail
        return error
    }
}

/// Every word the API answers with, each once, beside its status of strict handling.
extension APIError {
    static let loginRequired = APIError("LOGIN_REQUIRED", strict: .unauthorized)
    static let invalidUsername = APIError("INVALID_USERNAME", strict: .unprocessable)
    static let emptyPassword = APIError("EMPTY_PASSWORD", strict: .unprocessable)
    static let invalidCredentials = APIError("INVALID_CREDENTIALS", strict: .unauthorized)
    static let notAllowedIP = APIError("NOT_ALLOWED_IP", strict: .forbidden)
    static let notAuthorized = APIError("NOT_AUTHORIZED", strict: .forbidden)
    static let permissionDenied = APIError("PERMISSION_DENIED", strict: .forbidden)
    static let permissionDeniedForGlobalAdmin = APIError(
        "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE", strict: .forbidden)
    static let invalidDomainName = APIError("INVALID_DOMAIN_NAME", strict: .unprocessable)
    /// The same word for a domain that is well-formed but not hosted here.
    static let noSuchDomain = APIError("INVALID_DOMAIN_NAME", strict: .notFound)
    static let invalidMail = APIError("INVALID_MAIL", strict: .unprocessable)
    static let noSuchAccount = APIError("NO_SUCH_ACCOUNT", strict: .notFound)
    static let alreadyExists = APIError("ALREADY_EXISTS", strict: .conflict)
    static let cannotBeLocalDomain = APIError("CAN_NOT_BE_LOCAL_DOMAIN", strict: .conflict)
    static let notAllowed = APIError("NOT_ALLOWED", strict: .conflict)
    static let exceededDomainAccountLimit = APIError("EXCEEDED_DOMAIN_ACCOUNT_LIMIT", strict: .conflict)
    static let exceededDomainQuota = APIError("EXCEEDED_DOMAIN_QUOTA_SIZE", strict: .conflict)
    static let exceededDomains = APIError("EXCEED_LIMIT_DOMAIN", strict: .conflict)
    static let exceededQuota = APIError("EXCEED_LIMIT_QUOTA", strict: .conflict)
    static let exceededUsers = APIError("EXCEED_LIMIT_USERS", strict: .conflict)
    static let exceededAliases = APIError("EXCEED_LIMIT_ALIASES", strict: .conflict)
    static let exceededLists = APIError("EXCEED_LIMIT_LISTS", strict: .conflict)
    static let invalidPasswordScheme = APIError("INVALID_PASSWORD_SCHEME", strict: .unprocessable)
    static let parameterConflict = APIError("PARAMETER_CONFLICT", strict: .conflict)
    static let missingParameter = APIError("MISSING_PARAMETER", strict: .unprocessable)
    static let invalidParameter = APIError("INVALID_PARAMETER", strict: .unprocessable)

    static let invalidSender = APIError("INVALID_SENDER", strict: .unprocessable)
    /// Of the mail-flow policies, where each parameter has its own word: `INVALID_` and its name.
    static func invalidValue(of parameter: String) -> APIError {
        APIError("INVALID_" + parameter.uppercased(), strict: .unprocessable).at(parameter)
    }

    static let notFound = APIError("NOT_FOUND", always: .notFound)
    static func methodNotAllowed(_ allowed: [Method]) -> APIError {
        var error = APIError("METHOD_NOT_ALLOWED", always: .methodNotAllowed)
        error.allowedMethods = allowed
        return error
    }
    static let unreadable = APIError("INVALID_PARAMETER", always: .badRequest)
    static let unsupportedMediaType = APIError("INVALID_PARAMETER", always: .unsupportedMediaType)
    static let tooLarge = APIError("INVALID_PARAMETER", always: .contentTooLarge)
    /// Too much waits already: for the writer, the pool, or a delayed login. Nothing was done.
    static let overloaded = APIError("INTERNAL_ERROR", always: .unavailable)

    /// The domain is being changed as a whole, and that has taken too long to be waited for; nothing was done.
    static let domainBusy = APIError("DATABASE_BUSY", always: .unavailable)
        .explained("All of this domain is being changed; try again in a moment.")

    static func passwordPolicy(_ words: [String]) -> APIError {
        APIError(words.joined(separator: ","), strict: .unprocessable)
    }

    /// Something that no client can help.
    static func internalError(_ cause: any Error) -> APIError {
        APIError("INTERNAL_ERROR", always: .internalError, cause: cause)
    }

    /// The word for whatever an operation or the store has thrown.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as StoreError where error.kind == .busy:
            self = APIError("DATABASE_BUSY", always: .unavailable, cause: error)
        // Told once, when it was found.
        case is Writer.Damaged: self = APIError("INTERNAL_ERROR", always: .internalError)
        default: self = .internalError(error)
        }
    }
}
