package import Gateway
import Glibc

/// The few parameters that count, found in libfcgi's list in one pass without a dictionary: `Performance.md` 8.
package struct Parameters {
    private var method = Parameter("REQUEST_METHOD")
    private var target = Parameter("REQUEST_URI")
    private var remoteAddress = Parameter("REMOTE_ADDR")
    private var contentLength = Parameter("CONTENT_LENGTH")
    private var contentType = Parameter("CONTENT_TYPE")
    private var https = Parameter("HTTPS")
    private var host = Parameter("HTTP_HOST")
    private var cookie = Parameter("HTTP_COOKIE")
    private var origin = Parameter("HTTP_ORIGIN")
    private var fetchSite = Parameter("HTTP_SEC_FETCH_SITE")
    private var prefer = Parameter("HTTP_PREFER")
    private var requestID = Parameter("REQUEST_ID")
    private var gate = Parameter("POSTERN_GATE")
    private var asOperator = Parameter("POSTERN_OPERATOR")

    /// - Parameter list: `name=value` strings, ended by a null pointer. Valid as long as libfcgi's request is.
    package init(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        guard var next = list else { return }
        while let entry = next.pointee {
            next += 1
            _ =
                method.take(entry) || target.take(entry) || remoteAddress.take(entry) || contentLength.take(entry)
                || contentType.take(entry) || https.take(entry) || host.take(entry) || cookie.take(entry)
                || origin.take(entry) || fetchSite.take(entry) || prefer.take(entry) || requestID.take(entry)
                || gate.take(entry) || asOperator.take(entry)
        }
    }

    /// The request without its body. Its `fault` is `malformed` when a parameter that counts is repeated, not UTF-8 or
    /// not stream-safe, when one of the first three is missing, or when `CONTENT_LENGTH` is not `bodyLength`.
    package func request(bodyLength: Int) -> Request {
        var request = Request(Method(method.text ?? ""), target.text ?? "", from: remoteAddress.text ?? "")
        request.isSecure = https.text == "on"
        request.contentType = contentType.text
        request.host = host.text
        request.cookie = cookie.text
        request.origin = origin.text
        request.fetchSite = fetchSite.text
        request.prefer = prefer.text
        request.requestID = requestID.text
        request.gate = gate.text
        request.isFromOperator = asOperator.text == "1"
        let isSound =
            method.text != nil && target.text != nil && remoteAddress.isGiven && remoteAddress.isSound
            && announcedLength == bodyLength
            && contentLength.isSound && contentType.isSound && https.isSound && host.isSound && cookie.isSound
            && origin.isSound && fetchSite.isSound && prefer.isSound && requestID.isSound && gate.isSound
            && asOperator.isSound
        if !isSound { request.fault = .malformed }
        return request
    }

    /// `CONTENT_LENGTH`: plain decimal digits; missing or empty means 0. Nil for anything else.
    private var announcedLength: Int? {
        guard let text = contentLength.text else { return 0 }
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        return Int(text)
    }
}

/// One parameter: where its value lies in libfcgi's memory, and how often it was given.
private struct Parameter {
    private let name: StaticString
    private var value: UnsafePointer<CChar>?
    private var count = 0

    init(_ name: StaticString) {
        self.name = name
    }

    /// Whether `entry` is this parameter.
    mutating func take(_ entry: UnsafePointer<CChar>) -> Bool {
        let length = name.utf8CodeUnitCount
        let start = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        // Most names differ in their first letter.
        guard entry[0] == start[0], strncmp(entry, start, length) == 0,
            entry[length] == CChar(bitPattern: UInt8(ascii: "="))
        else { return false }
        value = entry + length + 1
        count += 1
        return true
    }

    var isGiven: Bool { count == 1 }

    /// The value. Nil when the parameter is missing, empty (so nginx passes on a header that the client did not send),
    /// repeated, not UTF-8 or not stream-safe.
    var text: String? {
        guard count == 1, let value, value.pointee != 0 else { return nil }
        return String(validatingCString: value).flatMap { $0.isStreamSafe ? $0 : nil }
    }

    /// False when repeated, not UTF-8 or not stream-safe.
    var isSound: Bool { count == 0 || count == 1 && (value?.pointee == 0 || text != nil) }
}
