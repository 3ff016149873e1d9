/// Why bytes are not a FastCGI request that libfcgi may see. The text is for the log.
package enum RecordDefect: String, Sendable {
    case wrongVersion = "record of another protocol version"
    case wrongRequestID = "request id is zero or changes"
    case wrongBegin = "no proper begin record"
    case wrongRole = "role is not responder"
    case wrongFlags = "unknown flags"
    case unexpectedRecord = "record out of order or of a type not served"
    case misplacedPadding = "padding on a record without content"
    case emptyName = "parameter without a name"
    case nulByte = "NUL in a parameter"
    case equalsSignInName = "equals sign in a parameter's name"
    case lengthTooLarge = "parameter longer than the limit"
    case tooManyParameters = "too many parameters"
    case parametersTooLong = "parameters longer than the limit"
    case cutParameter = "parameters end inside a pair"
    case bytesAfterRequest = "bytes after the end of the request"
    case tooMuchFraming = "too many small records"
}
