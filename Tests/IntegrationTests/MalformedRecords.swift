import Testing

/// What `Security.md` 1 says must never reach libfcgi, each under its name.
struct MalformedRecords: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    private init(_ name: String, _ bytes: [UInt8]) {
        testDescription = name
        self.bytes = bytes
    }

    private static let noParameters = Records.begin() + Records.record(Records.parameters)
    private static let valid = Records.request(Records.usual())

    private static func with(_ parameters: [UInt8]) -> [UInt8] {
        Records.begin() + Records.stream(Records.parameters, parameters) + Records.record(Records.input)
    }

    private static func getValues(_ name: String, times: Int, id: UInt16 = 0) -> [UInt8] {
        Records.record(
            Records.getValues, Records.pairs([Records.Pair](repeating: (name, ""), count: times)), id: id)
    }

    /// Those after which the connection is closed without an answer.
    static let all: [MalformedRecords] = [
        .init("both lengths 0x7ffffffe", with(Records.longLength(0x7fff_fffe) + Records.longLength(0x7fff_fffe))),
        .init("both lengths 0x7fffffff", with(Records.longLength(0x7fff_ffff) + Records.longLength(0x7fff_ffff))),
        .init("a name's length 0x7fffffff", with(Records.longLength(0x7fff_ffff) + [1, 65, 66])),
        .init("a value's length 0x7ffffffe", with([1] + Records.longLength(0x7fff_fffe) + [65])),
        .init("lengths that together overflow", with(Records.longLength(0x7fff_fff0) + Records.longLength(0x20))),
        .init("a value that ends behind the stream", with([1, 2, 65, 66])),
        .init("a name that ends behind the stream", with([9, 0, 65])),
        .init("only a name's length", with([1])),
        .init("half a long length", with([0x80, 0])),
        .init("an empty name", with([0, 1, 65])),
        .init("NUL in a name", with([2, 0, 65, 0])),
        .init("NUL in a value", with([1, 2, 65, 66, 0])),
        .init("an equals sign in a name", Records.request([("REMOTE_ADDR=1", "x")])),
        .init("1000 parameters", Records.request((1...1000).map { ("P\($0)", "x") })),
        .init("40 KiB of parameters", Records.request([("P", String(repeating: "x", count: 40 * 1024))])),
        .init("GET_VALUES, one variable four times", getValues("FCGI_MPXS_CONNS", times: 4)),
        .init("GET_VALUES, one variable forty times", getValues("FCGI_MAX_CONNS", times: 40)),
        .init("GET_VALUES, with a request's id", getValues("FCGI_MAX_REQS", times: 4, id: 1)),
        .init("GET_VALUES after the begin", Records.begin() + getValues("FCGI_MPXS_CONNS", times: 4)),
        .init("GET_VALUES with an unknown name", getValues(String(repeating: "N", count: 200), times: 5)),
        .init("an unknown type of management record", Records.record(99, [1, 2, 3], id: 0)),
        .init("version 0", Records.record(Records.begin, [0, 1, 0, 0, 0, 0, 0, 0], version: 0)),
        .init("version 2", Records.record(Records.begin, [0, 1, 0, 0, 0, 0, 0, 0], version: 2)),
        .init("version 255 later", Records.begin() + Records.record(Records.parameters, version: 255)),
        .init("HTTP instead of FastCGI", Array("GET /api/domains HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
        .init("TLS instead of FastCGI", [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3] + [UInt8](repeating: 7, count: 64)),
        .init("request id 0", Records.begin(id: 0)),
        .init("the id changes in PARAMS", Records.begin() + Records.record(Records.parameters, id: 2)),
        .init("the id changes in STDIN", noParameters + Records.record(Records.input, id: 257)),
        .init("PARAMS first", Records.record(Records.parameters)),
        .init("STDIN first", Records.record(Records.input)),
        .init("a begin of 7 bytes", Records.record(Records.begin, [0, 1, 0, 0, 0, 0, 0])),
        .init("a begin of 16 bytes", Records.record(Records.begin, [UInt8](repeating: 1, count: 16))),
        .init("an empty begin", Records.record(Records.begin)),
        .init("the role of an authorizer", Records.begin(role: 2)),
        .init("the role of a filter", Records.begin(role: 3)),
        .init("role 0", Records.begin(role: 0)),
        .init("unknown flags", Records.begin(flags: 0xfe)),
        .init("two begins", Records.begin() + Records.begin()),
        .init("two begins with two ids", Records.begin() + Records.begin(id: 2)),
        .init("ABORT instead of parameters", Records.begin() + Records.record(Records.abort)),
        .init("ABORT in the body", noParameters + Records.record(Records.abort)),
        .init("ABORT first", Records.record(Records.abort)),
        .init(
            "STDIN before the end of PARAMS",
            Records.begin() + Records.record(Records.parameters, [1, 0, 65])
                + Records.record(Records.input)),
        .init("PARAMS after their end", noParameters + Records.record(Records.parameters)),
        .init("DATA", noParameters + Records.record(Records.data)),
        .init("a record that only a responder sends", Records.begin() + Records.record(6, [65])),
        .init("an unknown type", Records.begin() + Records.record(77)),
        .init("a byte behind the request", valid + [1]),
        .init("two requests at once", valid + valid),
        .init(
            "a body of one-byte records with the most padding",
            noParameters
                + (0..<1000).flatMap { _ in Records.record(Records.input, [1], padding: 255) }),
        .init("random bytes", (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13 &+ $0 / 7) }),
    ]

    /// Those that are only a beginning: the peer goes away in the middle.
    static let cutShort: [MalformedRecords] = [
        .init("nothing", []),
        .init("one byte", [1]),
        .init("a header cut short", Array(valid.prefix(7))),
        .init("a begin cut short", Array(valid.prefix(12))),
        .init("parameters cut short", Array(valid.prefix(40))),
        .init("no end of the parameters", Array(valid.dropLast(16))),
        .init("no end of the body", Array(valid.dropLast(8))),
        .init(
            "half a body",
            Records.begin()
                + Records.stream(Records.parameters, Records.pairs(Records.usual("POST", "/api/login", length: "100")))
                + Records.record(Records.input, [UInt8](repeating: 65, count: 50))),
    ]
}
