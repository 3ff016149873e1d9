package import Gateway
import MailStore
import PasswordHash

/// Why a request was refused: a word of the contract, and the HTTP status that goes with it.
///
///     throw APIError.permissionDenied.at("transport", "This transport is for global admins.")
package struct APIError: Error {
    /// `_msg` of the answer.
    package let word: String
    /// What the word means, one sentence, for the documentation.
    package let meaning: String
    /// The status under default handling. 200 where clients of the published API look at `_success` only.
    package let status: HTTPStatus
    /// The status under strict handling.
    package let strictStatus: HTTPStatus
    /// The parameter at fault; shown by strict handling.
    package private(set) var parameter: String?
    /// One sentence for people; shown by strict handling.
    package private(set) var detail: String?
    /// The methods that the path takes, for the `Allow` header.
    package private(set) var allowedMethods: [Method]?
    /// For the operator's log, never for a client.
    package private(set) var cause: (any Error)?

    /// A refusal whose status is 200 under default handling.
    private init(_ word: String, strict: HTTPStatus, _ meaning: String) {
        self.word = word
        self.meaning = meaning
        status = .ok
        strictStatus = strict
    }

    /// A refusal whose status does not depend on the handling.
    private init(_ word: String, always status: HTTPStatus, _ meaning: String, cause: (any Error)? = nil) {
        self.word = word
        self.meaning = meaning
        self.status = status
        strictStatus = status
        self.cause = cause
    }

    /// The same with the parameter at fault.
    /// - Parameter detail: one sentence for people; nil keeps the one that is there.
    func at(_ parameter: String, _ detail: String? = nil) -> APIError {
        var error = self
        error.parameter = parameter
        error.detail = detail ?? self.detail
        return error
    }

    /// The same with one sentence for people.
    func explained(_ detail: String) -> APIError {
        var error = self
        error.detail = detail
        return error
    }
}

/// Every word the API answers with, each once, beside its status of strict handling and its meaning.
extension APIError {
    static let loginRequired = APIError(
        "LOGIN_REQUIRED", strict: .unauthorized, "There is no session, or it is over: log in.")
    static let invalidUsername = APIError(
        "INVALID_USERNAME", strict: .unprocessable, "The name to log in with is missing or no mail address.")
    static let emptyPassword = APIError("EMPTY_PASSWORD", strict: .unprocessable, "The password is missing.")
    static let invalidCredentials = APIError(
        "INVALID_CREDENTIALS", strict: .unauthorized, "The password is wrong, or nobody of this name may log in.")
    static let notAllowedIP = APIError(
        "NOT_ALLOWED_IP", strict: .forbidden, "Admins may not log in from this address.")
    static let notAuthorized = APIError(
        "NOT_AUTHORIZED", strict: .forbidden, "This address may not use the API.")
    static let permissionDenied = APIError(
        "PERMISSION_DENIED", strict: .forbidden, "The caller may not do this, or not with this parameter.")
    static let permissionDeniedForGlobalAdmin = APIError(
        "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE", strict: .forbidden,
        "This is the mailbox of a global admin: only global admins may do this.")
    static let invalidDomainName = APIError(
        "INVALID_DOMAIN_NAME", strict: .unprocessable, "This is no domain name.")
    /// The same word for a domain that is well-formed but not hosted here.
    static let noSuchDomain = APIError(
        "INVALID_DOMAIN_NAME", strict: .notFound, "There is no such mail domain here.")
    static let invalidMail = APIError(
        "INVALID_MAIL", strict: .unprocessable, "This is no mail address, or none that is fit for this.")
    static let noSuchAccount = APIError("NO_SUCH_ACCOUNT", strict: .notFound, "There is no such account here.")
    static let alreadyExists = APIError(
        "ALREADY_EXISTS", strict: .conflict, "The name, or what belongs to it, is in use already.")
    static let cannotBeLocalDomain = APIError(
        "CAN_NOT_BE_LOCAL_DOMAIN", strict: .conflict, "A standalone admin's address lies in no domain of this server.")
    static let notAllowed = APIError(
        "NOT_ALLOWED", strict: .conflict, "The domain may have no accounts of this kind.")
    static let exceededDomainAccountLimit = APIError(
        "EXCEEDED_DOMAIN_ACCOUNT_LIMIT", strict: .conflict, "The domain has as many of these accounts as it may have.")
    static let exceededDomainQuota = APIError(
        "EXCEEDED_DOMAIN_QUOTA_SIZE", strict: .conflict, "The domain's quota does not hold this much more.")
    static let exceededDomains = APIError(
        "EXCEED_LIMIT_DOMAIN", strict: .conflict, "The admin has as many domains as they may create.")
    static let exceededQuota = APIError(
        "EXCEED_LIMIT_QUOTA", strict: .conflict, "The admin's quota does not hold this much more.")
    static let exceededUsers = APIError(
        "EXCEED_LIMIT_USERS", strict: .conflict, "The admin has as many users as they may create.")
    static let exceededAliases = APIError(
        "EXCEED_LIMIT_ALIASES", strict: .conflict, "The admin has as many aliases as they may create.")
    static let exceededLists = APIError(
        "EXCEED_LIMIT_LISTS", strict: .conflict, "The admin has as many mailing lists as they may create.")
    static let invalidPasswordScheme = APIError(
        "INVALID_PASSWORD_SCHEME", strict: .unprocessable, "This is no password hash that can be stored.")
    static let parameterConflict = APIError(
        "PARAMETER_CONFLICT", strict: .conflict, "Parameters were sent that exclude each other.")
    static let missingParameter = APIError(
        "MISSING_PARAMETER", strict: .unprocessable, "A parameter is missing.")
    static let invalidParameter = APIError(
        "INVALID_PARAMETER", strict: .unprocessable,
        "A value cannot be used; under strict handling also a parameter that is not known.")

    static let invalidSender = APIError(
        "INVALID_SENDER", strict: .unprocessable, "None of these is a sender that can be listed.")
    /// The policies have a word for each parameter: `INVALID_` and its name in capitals (`Contract.md` 12.6).
    static func invalidValue(of parameter: String) -> APIError {
        APIError(
            "INVALID_" + parameter.uppercased(), strict: .unprocessable, "The value of \(parameter) cannot be used."
        )
        .at(parameter)
    }

    static let notFound = APIError("NOT_FOUND", always: .notFound, "The API is switched off, or has no such path.")
    static func methodNotAllowed(_ allowed: [Method]) -> APIError {
        var error = APIError(
            "METHOD_NOT_ALLOWED", always: .methodNotAllowed,
            "The path takes other methods: the header Allow names them.")
        error.allowedMethods = allowed
        return error
    }
    static let unreadable = APIError(
        "INVALID_PARAMETER", always: .badRequest, "The request cannot be read, or holds text that no value may have.")
    /// Only tables that another program has made have such limits.
    private static let doesNotFit = APIError(
        "INVALID_PARAMETER", strict: .unprocessable, "A value is longer or larger than the database takes.")
    static let unsupportedMediaType = APIError(
        "INVALID_PARAMETER", always: .unsupportedMediaType, "The body is of a type that is not read.")
    static let tooLarge = APIError("INVALID_PARAMETER", always: .contentTooLarge, "The request is too large.")
    /// The queue of the writer, of the pool or of delayed logins is full. Nothing was done.
    static let overloaded = APIError(
        "INTERNAL_ERROR", always: .unavailable, "Too much waits already; nothing was done. Try again in a moment.")

    /// The database server is not there. Nothing was done.
    private static func serverAway(_ cause: (any Error)?) -> APIError {
        APIError(
            "INTERNAL_ERROR", always: .unavailable,
            "The database server is away; nothing was done. Try again in a moment.",
            cause: cause)
    }

    /// The connection to the database server ended while a change was committed.
    private static func unknownOutcome(_ cause: (any Error)?) -> APIError {
        APIError(
            "INTERNAL_ERROR", always: .unavailable,
            "The database server went away at the very end: the change was made, or it was not. Look before trying again.",
            cause: cause)
    }

    /// Only the web server says this, with status 429; it is declared for the documentation.
    static let tooManyRequests = APIError(
        "TOO_MANY_REQUESTS", always: .tooManyRequests, "Too many requests from this address; try again in a moment.")

    /// Another program holds a lock, or the domain is being changed as a whole. Nothing was done.
    private static func databaseBusy(_ cause: (any Error)?) -> APIError {
        APIError(
            "DATABASE_BUSY", always: .unavailable,
            "The database, or the domain as a whole, is being changed; try again.",
            cause: cause)
    }

    /// A change of the whole domain lasts longer than a request waits. Nothing was done.
    static let domainBusy = databaseBusy(nil)
        .explained("All of this domain is being changed; try again in a moment.")

    /// The helper for mailing lists does not do what it was asked.
    static let listsUnavailable = listsUnavailable(nil)
    static func listsUnavailable(_ cause: (any Error)?) -> APIError {
        APIError(
            "MAILING_LISTS_UNAVAILABLE", always: .unavailable,
            "Mailing lists are not set up on this server, or their helper is away; `postern check` says what is missing.",
            cause: cause)
    }

    /// One error with a word for each failure, joined by commas.
    static func passwordPolicy(_ failures: [PasswordPolicy.Failure]) -> APIError {
        APIError(
            failures.map(\.word).joined(separator: ","), strict: .unprocessable,
            failures.map(\.meaning).joined(separator: " "))
    }

    /// A failure of the server.
    /// - Parameter cause: nil when it was reported before.
    static func internalError(_ cause: (any Error)?) -> APIError {
        APIError(
            "INTERNAL_ERROR", always: .internalError, "Something failed that no client can help; the log tells what.",
            cause: cause)
    }

    /// The word for whatever an operation or the store has thrown.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as StoreError where error.kind == .busy: self = .databaseBusy(error)
        case let error as StoreError where error.kind == .doesNotFit: self = .doesNotFit
        case let error as StoreError where error.kind == .unreachable: self = .serverAway(error)
        case let error as StoreError where error.kind == .unknown: self = .unknownOutcome(error)
        // The damage was reported when it was found.
        case is Writer.Damaged: self = .internalError(nil)
        default: self = .internalError(error)
        }
    }
}
