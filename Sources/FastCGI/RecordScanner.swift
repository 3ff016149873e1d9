/// Checks the bytes of one FastCGI request as they arrive, in pieces of any size, before libfcgi sees them.
///
/// `Security.md` 1 says what passes. Padding without content is refused although FastCGI allows it: libfcgi (2.4.2 and
/// 2.4.5, `SetReaderType`) takes the padding of BEGIN_REQUEST and of the empty PARAMS record for the next header.
package struct RecordScanner: Sendable {
    package enum Verdict: Sendable, Hashable {
        /// Well-formed so far; more bytes must come.
        case incomplete
        /// Exactly one whole request.
        case complete
        /// The parameters are complete and well-formed; the body is, or is announced to be, longer than the limit.
        case tooLarge
        /// The connection is to be dropped.
        case malformed(RecordDefect)
    }

    private enum Phase { case begin, parameters, body, end }

    private enum Kind {
        static let begin: UInt8 = 1
        static let parameters: UInt8 = 4
        static let body: UInt8 = 5
    }

    private static let headerLength = 8
    /// What record headers and padding may add: some 200 bytes for each KiB.
    private static let framingAllowance = 32 * 1024

    /// How many bytes a request may have, with its record headers and padding.
    package static func longestRequest(_ limits: ResponderLimits) -> Int {
        limits.parameterBytes + limits.bodyBytes + framingAllowance
    }

    private let limits: ResponderLimits
    private var phase = Phase.begin
    private var header: UInt64 = 0
    private var headerLeft = Self.headerLength
    private var requestID: UInt64 = 0
    private var contentLeft = 0
    private var paddingLeft = 0
    /// The content of BEGIN_REQUEST so far: role (2 bytes), flags, reserved (5).
    private var begin: UInt64 = 0
    private var parameterLength = 0
    private var parameters: ParameterScanner

    /// Bytes fed so far.
    package private(set) var consumed = 0
    /// Bytes of STDIN content announced by record headers so far.
    package private(set) var bodyLength = 0

    package init(_ limits: ResponderLimits = ResponderLimits()) {
        self.limits = limits
        parameters = ParameterScanner(byteLimit: limits.parameterBytes, countLimit: limits.parameters)
    }

    /// Checks the next bytes. After any verdict but `incomplete` nothing more may be fed.
    package mutating func feed(_ bytes: Span<UInt8>) -> Verdict {
        consumed += bytes.count
        var index = 0
        while index < bytes.count {
            if contentLeft > 0 {
                let end = min(bytes.count, index + contentLeft)
                if let defect = takeContent(bytes, index..<end) { return .malformed(defect) }
                contentLeft -= end - index
                index = end
            } else if paddingLeft > 0 {
                let end = min(bytes.count, index + paddingLeft)
                paddingLeft -= end - index
                index = end
            } else if phase == .end {
                return .malformed(.bytesAfterRequest)
            } else {
                header = header << 8 | UInt64(bytes[index])
                index += 1
                headerLeft -= 1
                guard headerLeft == 0 else { continue }
                headerLeft = Self.headerLength
                if let defect = startRecord() { return .malformed(defect) }
                // All parameters are read when the phase is `body`, so the announced length is final.
                if phase == .body, max(bodyLength, parameters.announcedBodyLength) > limits.bodyBytes {
                    return .tooLarge
                }
            }
        }
        if consumed > Self.longestRequest(limits) { return .malformed(.tooMuchFraming) }
        return phase == .end ? .complete : .incomplete
    }

    /// Reads a header: version, type, request id (2), content length (2), padding length, reserved.
    private mutating func startRecord() -> RecordDefect? {
        let kind = UInt8(truncatingIfNeeded: header >> 48)
        let id = header >> 32 & 0xffff
        contentLeft = Int(header >> 16 & 0xffff)
        paddingLeft = Int(header >> 8 & 0xff)
        guard header >> 56 == 1 else { return .wrongVersion }
        if phase == .begin {
            guard kind == Kind.begin, contentLeft == 8 else { return .wrongBegin }
            guard id != 0 else { return .wrongRequestID }
            guard paddingLeft == 0 else { return .misplacedPadding }
            requestID = id
            phase = .parameters
            return nil
        }
        guard id == requestID else { return .wrongRequestID }
        guard kind == (phase == .parameters ? Kind.parameters : Kind.body) else { return .unexpectedRecord }
        guard contentLeft > 0 || paddingLeft == 0 else { return .misplacedPadding }
        if phase == .parameters {
            parameterLength += contentLeft
            guard parameterLength <= limits.parameterBytes else { return .parametersTooLong }
            guard contentLeft > 0 else {
                phase = .body
                return parameters.isBetweenPairs ? nil : .cutParameter
            }
        } else {
            bodyLength += contentLeft
            if contentLeft == 0 { phase = .end }
        }
        return nil
    }

    private mutating func takeContent(_ bytes: Span<UInt8>, _ range: Range<Int>) -> RecordDefect? {
        if phase == .body { return nil }
        // Without any PARAMS content so far, this is the content of BEGIN_REQUEST.
        if parameterLength > 0 { return parameters.feed(bytes, range) }
        for index in range { begin = begin << 8 | UInt64(bytes[index]) }
        guard contentLeft == range.count else { return nil }
        guard begin >> 48 == 1 else { return .wrongRole }
        guard begin >> 40 & 0xff <= 1 else { return .wrongFlags }
        return nil
    }
}

/// Why bytes are not a FastCGI request that libfcgi may read. The raw value is for the log.
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
