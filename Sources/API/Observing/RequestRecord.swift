package import Gateway

/// What became of one request, for the request log and the figures. Without secrets: no parameter, cookie or query.
package struct RequestRecord: Sendable {
    /// The web server's id of the request; nil when it gave none.
    package let id: String?
    /// `REMOTE_ADDR` as the web server gave it; `operator` for a command on this machine.
    package let client: String
    /// Whose session it was; nil without one.
    package let admin: String?
    package let method: String
    /// The route's path as published; nil when no route was found.
    package let route: String?
    package let status: HTTPStatus
    /// `_msg` of a refusal; nil for a success.
    package let word: String?
    /// From the complete request to the end of its answer.
    package let duration: Duration
    /// The length of the answer's body, as far as it was sent.
    package let bytes: Int

    /// Appends one line of `name=value` pairs, of printable ASCII and without a newline. Any other byte of a value, and
    /// a space, becomes `?`.
    package func append(to bytes: inout [UInt8]) {
        let (seconds, attoseconds) = duration.components
        bytes.append("request id=", clean: id)
        bytes.append(" client=", clean: client)
        bytes.append(" admin=", clean: admin)
        bytes.append(" method=", clean: method)
        bytes.append(" route=", clean: route)
        bytes.append(" status=", clean: String(status.rawValue))
        bytes.append(" word=", clean: word)
        bytes.append(" us=", clean: String(seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
        bytes.append(" bytes=", clean: String(self.bytes))
    }
}

extension [UInt8] {
    /// Appends a name and at most 300 bytes of its value; `-` for an empty value or nil.
    fileprivate mutating func append(_ name: StaticString, clean value: String?) {
        append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        guard var value, !value.isEmpty else { return append(UInt8(ascii: "-")) }
        value.withUTF8 { bytes in
            let start = count
            append(contentsOf: UnsafeBufferPointer(rebasing: bytes.prefix(300)))
            for index in start..<count where !(0x21...0x7e).contains(self[index]) { self[index] = UInt8(ascii: "?") }
        }
    }
}
