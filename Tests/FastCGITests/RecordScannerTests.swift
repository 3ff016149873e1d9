import FastCGI
import Testing

/// Bytes under a name, so that a test's log shows the name only.
struct NamedBytes: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// What is wrong with them.
    let defect: RecordDefect?

    init(_ name: String, _ bytes: [UInt8], _ defect: RecordDefect? = nil) {
        self.name = name
        self.bytes = bytes
        self.defect = defect
    }

    var testDescription: String { name }
}

struct RecordScannerTests {
    static func verdict(_ bytes: [UInt8], step: Int? = nil) -> RecordScanner.Verdict {
        var scanner = RecordScanner()
        let step = max(1, step ?? bytes.count)
        for start in stride(from: 0, to: bytes.count, by: step) {
            let verdict = scanner.feed(bytes[start..<min(start + step, bytes.count)].span)
            let isLast = start + step >= bytes.count
            if verdict == .complete, !isLast { return .malformed(.bytesAfterRequest) }
            if verdict != .incomplete { return verdict }
        }
        return .incomplete
    }

    /// Begin and the end of the parameters.
    static let noParameters = Wire.begin() + Wire.record(Wire.parameters)

    /// What overflows libfcgi's stack: aborts the process, also from padding that libfcgi takes for a record.
    static let getValues = Wire.record(
        Wire.getValues, Wire.pairs([Wire.Pair](repeating: ("FCGI_MPXS_CONNS", ""), count: 5)), id: 0)

    /// A request from its begin, its PARAMS content, and the rest as it should be.
    static func with(parameters: [UInt8]) -> [UInt8] {
        Wire.begin() + Wire.stream(Wire.parameters, parameters) + Wire.record(Wire.input)
    }

    static let good: [NamedBytes] = [
        NamedBytes("a request without a body", Wire.request()),
        NamedBytes("a body", Wire.post(Array("a=b".utf8))),
        NamedBytes("a body at the limit", Wire.post([UInt8](repeating: 120, count: 128 * 1024))),
        NamedBytes("the highest request id", Wire.request(id: 0xffff)),
        NamedBytes("no parameters at all", noParameters + Wire.record(Wire.input)),
        NamedBytes(
            "pairs cut anywhere by records",
            Wire.begin()
                + Wire.stream(Wire.parameters, Wire.pairs(Wire.usual), chunk: 1)
                + Wire.record(Wire.input)),
        NamedBytes(
            "padding of 255 behind content",
            Wire.begin()
                + Wire.record(Wire.parameters, Wire.pairs(Wire.usual), padding: 255)
                + Wire.record(Wire.parameters) + Wire.record(Wire.input, [1], padding: 255) + Wire.record(Wire.input)),
        NamedBytes("a short name with a long length", with(parameters: Wire.longLength(1) + Wire.longLength(0) + [65])),
        NamedBytes("an empty value", with(parameters: [1, 0, 65])),
        NamedBytes("100 parameters", with(parameters: Wire.pairs((1...100).map { ("P\($0)", "x") }))),
        NamedBytes(
            "parameters at the limit",
            with(
                parameters: Wire.longLength(1) + Wire.longLength(32 * 1024 - 9)
                    + [UInt8](repeating: 65, count: 32 * 1024 - 8))),
        NamedBytes("a repeated name", Wire.request(Wire.usual + Wire.usual)),
    ]

    @Test(arguments: good) func passes(_ request: NamedBytes) {
        #expect(Self.verdict(request.bytes) == .complete)
        #expect(WellFormedRequest.holds(request.bytes), "says the other checker")
    }

    @Test(arguments: good) func passesByteByByte(_ request: NamedBytes) {
        let bytes = request.bytes
        var scanner = RecordScanner()
        for (index, byte) in bytes.enumerated() {
            let verdict = scanner.feed([byte].span)
            #expect(verdict == (index == bytes.count - 1 ? .complete : .incomplete), "byte \(index)")
            if verdict != .incomplete { break }
        }
        #expect(scanner.consumed == bytes.count)
    }

    static let bad: [NamedBytes] = [
        NamedBytes("version 2", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0], version: 2), .wrongVersion),
        NamedBytes("version 0 later", Wire.begin() + Wire.record(Wire.parameters, version: 0), .wrongVersion),
        NamedBytes("HTTP", Array("GET / HTTP/1.1\r\n\r\n".utf8), .wrongVersion),
        NamedBytes("request id 0", Wire.begin(id: 0), .wrongRequestID),
        NamedBytes("request id changes in PARAMS", Wire.begin() + Wire.record(Wire.parameters, id: 2), .wrongRequestID),
        NamedBytes("request id changes in STDIN", noParameters + Wire.record(Wire.input, id: 257), .wrongRequestID),
        NamedBytes("begins with PARAMS", Wire.record(Wire.parameters), .wrongBegin),
        NamedBytes("begin of 7 bytes", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0]), .wrongBegin),
        NamedBytes("begin of 9 bytes", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0, 0]), .wrongBegin),
        NamedBytes("empty begin", Wire.record(Wire.begin), .wrongBegin),
        NamedBytes(
            "padding behind begin", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0], padding: 8), .misplacedPadding),
        NamedBytes("authorizer", Wire.begin(role: 2), .wrongRole),
        NamedBytes("filter", Wire.begin(role: 3), .wrongRole),
        NamedBytes("role 257", Wire.record(Wire.begin, [1, 1, 0, 0, 0, 0, 0, 0]), .wrongRole),
        NamedBytes("flags 2", Wire.begin(flags: 2), .wrongFlags),
        NamedBytes("second begin", Wire.begin() + Wire.begin(), .unexpectedRecord),
        NamedBytes("second begin of another id", Wire.begin() + Wire.begin(id: 2), .wrongRequestID),
        NamedBytes("abort instead of parameters", Wire.begin() + Wire.record(Wire.abort), .unexpectedRecord),
        NamedBytes("abort in the body", noParameters + Wire.record(Wire.abort), .unexpectedRecord),
        NamedBytes(
            "STDIN before the end of PARAMS",
            Wire.begin() + Wire.record(Wire.parameters, [1, 0, 65])
                + Wire.record(Wire.input), .unexpectedRecord),
        NamedBytes("PARAMS after their end", noParameters + Wire.record(Wire.parameters), .unexpectedRecord),
        NamedBytes("DATA", noParameters + Wire.record(Wire.data), .unexpectedRecord),
        NamedBytes("unknown type", Wire.begin() + Wire.record(77), .unexpectedRecord),
        NamedBytes(
            "padding behind empty PARAMS", Wire.begin() + Wire.record(Wire.parameters, padding: 8), .misplacedPadding),
        NamedBytes("padding behind empty STDIN", noParameters + Wire.record(Wire.input, padding: 1), .misplacedPadding),
        NamedBytes("GET_VALUES first, one variable five times", getValues, .wrongBegin),
        NamedBytes("GET_VALUES later", Wire.begin() + getValues, .wrongRequestID),
        NamedBytes(
            "GET_VALUES hidden in the padding of begin",
            Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0], padding: getValues), .misplacedPadding),
        NamedBytes(
            "GET_VALUES hidden in the padding of empty PARAMS",
            Wire.begin() + Wire.record(Wire.parameters, padding: getValues), .misplacedPadding),
        NamedBytes("GET_VALUES with our id", Wire.begin() + Wire.record(Wire.getValues), .unexpectedRecord),
        NamedBytes(
            "both lengths 0x7ffffffe",
            with(
                parameters: Wire.longLength(0x7fff_fffe) + Wire.longLength(0x7fff_fffe)), .lengthTooLarge),
        NamedBytes(
            "both lengths 0x7fffffff",
            with(
                parameters: Wire.longLength(0x7fff_ffff) + Wire.longLength(0x7fff_ffff)), .lengthTooLarge),
        NamedBytes(
            "value length 0x7ffffffe", with(parameters: [1] + Wire.longLength(0x7fff_fffe) + [65]), .lengthTooLarge),
        NamedBytes("value ends behind the stream", with(parameters: [1, 2, 65, 66]), .cutParameter),
        NamedBytes("name ends behind the stream", with(parameters: [9, 0, 65]), .cutParameter),
        NamedBytes("only a name length", with(parameters: [1]), .cutParameter),
        NamedBytes("half a long length", with(parameters: [0x80, 0]), .cutParameter),
        NamedBytes("empty name", with(parameters: [0, 1, 65]), .emptyName),
        NamedBytes("empty name and value", with(parameters: [0, 0]), .emptyName),
        NamedBytes("empty name by a long length", with(parameters: Wire.longLength(0) + [1, 65]), .emptyName),
        NamedBytes("NUL in a name", with(parameters: [2, 0, 65, 0]), .nulByte),
        NamedBytes("NUL in a value", with(parameters: [1, 2, 65, 66, 0]), .nulByte),
        NamedBytes("equals sign in a name", Wire.request([("REMOTE_ADDR=127.0.0.1", "x")]), .equalsSignInName),
        NamedBytes(
            "101 parameters", with(parameters: Wire.pairs((1...101).map { ("P\($0)", "x") })), .tooManyParameters),
        NamedBytes(
            "parameters beyond the limit",
            with(
                parameters: Wire.longLength(1) + Wire.longLength(32 * 1024 - 8)
                    + [UInt8](repeating: 65, count: 32 * 1024 - 7)), .parametersTooLong),
        NamedBytes("a byte after the end", Wire.request() + [1], .bytesAfterRequest),
        NamedBytes("two requests at once", Wire.request() + Wire.request(), .bytesAfterRequest),
        NamedBytes(
            "a body of one-byte records with the most padding",
            Wire.begin() + Wire.record(Wire.parameters)
                + (0..<1000).flatMap { _ in Wire.record(Wire.input, [1], padding: 255) }, .tooMuchFraming),
    ]

    @Test(arguments: bad) func refuses(_ request: NamedBytes) throws {
        let defect = try #require(request.defect)
        #expect(Self.verdict(request.bytes) == .malformed(defect))
        #expect(Self.verdict(request.bytes, step: 1) == .malformed(defect), "byte by byte")
        #expect(!WellFormedRequest.holds(request.bytes), "says the other checker")
    }

    @Test(
        arguments: [
            NamedBytes("no end of parameters", Wire.begin() + Wire.record(Wire.parameters, [1, 0, 65])),
            NamedBytes("no end of the body", noParameters + Wire.record(Wire.input, [1])),
            NamedBytes("nothing", []),
            NamedBytes("a header cut short", Array(Wire.begin().prefix(7))),
            NamedBytes(
                "padding cut short", Wire.begin() + Wire.record(Wire.parameters, [1, 0, 65], padding: 4).dropLast()),
        ] as [NamedBytes])
    func waitsForMore(_ request: NamedBytes) {
        #expect(Self.verdict(request.bytes) == .incomplete)
    }

    @Test(
        arguments: [
            NamedBytes(
                "by the announced length",
                Wire.begin()
                    + Wire.stream(Wire.parameters, Wire.pairs(Wire.usual + [("CONTENT_LENGTH", "131073")]))),
            NamedBytes(
                "by an announced length of 40 digits",
                Wire.begin()
                    + Wire.stream(Wire.parameters, Wire.pairs([("CONTENT_LENGTH", String(repeating: "9", count: 40))]))),
            NamedBytes(
                "by the second of two announced lengths",
                Wire.begin()
                    + Wire.stream(Wire.parameters, Wire.pairs([("CONTENT_LENGTH", "1"), ("CONTENT_LENGTH", "131073")]))),
            NamedBytes(
                "by the records",
                noParameters
                    + Wire.stream(Wire.input, [UInt8](repeating: 1, count: 128 * 1024)).dropLast(8)
                    + Wire.record(Wire.input, [1])),
        ] as [NamedBytes])
    func tellsThatTheBodyIsTooLarge(_ request: NamedBytes) {
        #expect(Self.verdict(request.bytes) == .tooLarge)
        #expect(Self.verdict(request.bytes, step: 1) == .tooLarge, "byte by byte")
    }

    @Test(arguments: ["131072", "0", "", "-1", "9x", "99999999999x"])
    func leavesOtherAnnouncedLengthsToTheParameters(_ value: String) {
        #expect(Self.verdict(Wire.request(Wire.usual + [("CONTENT_LENGTH", value)])) == .complete)
    }
}
