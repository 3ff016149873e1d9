import FastCGI
import Testing

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

    /// A request from its begin, its PARAMS content, and the rest as it should be.
    static func with(parameters: [UInt8]) -> [UInt8] {
        Wire.begin() + Wire.stream(Wire.parameters, parameters) + Wire.record(Wire.input)
    }

    static let good: [(String, [UInt8])] = [
        ("a request without a body", Wire.request()),
        ("a body", Wire.post(Array("a=b".utf8))),
        ("a body at the limit", Wire.post([UInt8](repeating: 120, count: 128 * 1024))),
        ("the highest request id", Wire.request(id: 0xffff)),
        ("no parameters at all", noParameters + Wire.record(Wire.input)),
        ("pairs cut anywhere by records", Wire.begin() + Wire.stream(Wire.parameters, Wire.pairs(Wire.usual), chunk: 1)
            + Wire.record(Wire.input)),
        ("padding of 255 behind content", Wire.begin()
            + Wire.record(Wire.parameters, Wire.pairs(Wire.usual), padding: 255)
            + Wire.record(Wire.parameters) + Wire.record(Wire.input, [1], padding: 255) + Wire.record(Wire.input)),
        ("a short name with a long length", with(parameters: Wire.longLength(1) + Wire.longLength(0) + [65])),
        ("an empty value", with(parameters: [1, 0, 65])),
        ("100 parameters", with(parameters: Wire.pairs((1...100).map { ("P\($0)", "x") }))),
        ("parameters at the limit", with(parameters: Wire.longLength(1) + Wire.longLength(32 * 1024 - 9)
            + [UInt8](repeating: 65, count: 32 * 1024 - 8))),
        ("a repeated name", Wire.request(Wire.usual + Wire.usual)),
    ]

    @Test(arguments: good) func passes(_ what: String, _ bytes: [UInt8]) {
        #expect(Self.verdict(bytes) == .complete, "\(what)")
        #expect(WellFormedRequest.holds(bytes), "\(what), says the other checker")
    }

    @Test(arguments: good) func passesByteByByte(_ what: String, _ bytes: [UInt8]) {
        var scanner = RecordScanner()
        for (index, byte) in bytes.enumerated() {
            let verdict = scanner.feed([byte].span)
            #expect(verdict == (index == bytes.count - 1 ? .complete : .incomplete), "\(what), byte \(index)")
            if verdict != .incomplete { break }
        }
        #expect(scanner.consumed == bytes.count)
    }

    static let bad: [(String, [UInt8], RecordDefect)] = [
        ("version 2", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0], version: 2), .wrongVersion),
        ("version 0 later", Wire.begin() + Wire.record(Wire.parameters, version: 0), .wrongVersion),
        ("HTTP", Array("GET / HTTP/1.1\r\n\r\n".utf8), .wrongVersion),
        ("request id 0", Wire.begin(id: 0), .wrongRequestID),
        ("request id changes in PARAMS", Wire.begin() + Wire.record(Wire.parameters, id: 2), .wrongRequestID),
        ("request id changes in STDIN", noParameters + Wire.record(Wire.input, id: 257), .wrongRequestID),
        ("begins with PARAMS", Wire.record(Wire.parameters), .wrongBegin),
        ("begin of 7 bytes", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0]), .wrongBegin),
        ("begin of 9 bytes", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0, 0]), .wrongBegin),
        ("empty begin", Wire.record(Wire.begin), .wrongBegin),
        ("padding behind begin", Wire.record(Wire.begin, [0, 1, 0, 0, 0, 0, 0, 0], padding: 8), .misplacedPadding),
        ("authorizer", Wire.begin(role: 2), .wrongRole),
        ("filter", Wire.begin(role: 3), .wrongRole),
        ("role 257", Wire.record(Wire.begin, [1, 1, 0, 0, 0, 0, 0, 0]), .wrongRole),
        ("flags 2", Wire.begin(flags: 2), .wrongFlags),
        ("second begin", Wire.begin() + Wire.begin(), .unexpectedRecord),
        ("second begin of another id", Wire.begin() + Wire.begin(id: 2), .wrongRequestID),
        ("abort instead of parameters", Wire.begin() + Wire.record(Wire.abort), .unexpectedRecord),
        ("abort in the body", noParameters + Wire.record(Wire.abort), .unexpectedRecord),
        ("STDIN before the end of PARAMS", Wire.begin() + Wire.record(Wire.parameters, [1, 0, 65])
            + Wire.record(Wire.input), .unexpectedRecord),
        ("PARAMS after their end", noParameters + Wire.record(Wire.parameters), .unexpectedRecord),
        ("DATA", noParameters + Wire.record(Wire.data), .unexpectedRecord),
        ("unknown type", Wire.begin() + Wire.record(77), .unexpectedRecord),
        ("padding behind empty PARAMS", Wire.begin() + Wire.record(Wire.parameters, padding: 8), .misplacedPadding),
        ("padding behind empty STDIN", noParameters + Wire.record(Wire.input, padding: 1), .misplacedPadding),
        ("GET_VALUES first, one variable five times", Wire.record(Wire.getValues, Wire.pairs(
            [Wire.Pair](repeating: ("FCGI_MPXS_CONNS", ""), count: 5)), id: 0), .wrongBegin),
        ("GET_VALUES later", Wire.begin() + Wire.record(Wire.getValues, Wire.pairs(
            [Wire.Pair](repeating: ("FCGI_MPXS_CONNS", ""), count: 5)), id: 0), .wrongRequestID),
        ("GET_VALUES with our id", Wire.begin() + Wire.record(Wire.getValues), .unexpectedRecord),
        ("both lengths 0x7ffffffe", with(
            parameters: Wire.longLength(0x7fff_fffe) + Wire.longLength(0x7fff_fffe)), .lengthTooLarge),
        ("both lengths 0x7fffffff", with(
            parameters: Wire.longLength(0x7fff_ffff) + Wire.longLength(0x7fff_ffff)), .lengthTooLarge),
        ("value length 0x7ffffffe", with(parameters: [1] + Wire.longLength(0x7fff_fffe) + [65]), .lengthTooLarge),
        ("value ends behind the stream", with(parameters: [1, 2, 65, 66]), .cutParameter),
        ("name ends behind the stream", with(parameters: [9, 0, 65]), .cutParameter),
        ("only a name length", with(parameters: [1]), .cutParameter),
        ("half a long length", with(parameters: [0x80, 0]), .cutParameter),
        ("empty name", with(parameters: [0, 1, 65]), .emptyName),
        ("empty name and value", with(parameters: [0, 0]), .emptyName),
        ("empty name by a long length", with(parameters: Wire.longLength(0) + [1, 65]), .emptyName),
        ("NUL in a name", with(parameters: [2, 0, 65, 0]), .nulByte),
        ("NUL in a value", with(parameters: [1, 2, 65, 66, 0]), .nulByte),
        ("equals sign in a name", Wire.request([("REMOTE_ADDR=127.0.0.1", "x")]), .equalsSignInName),
        ("101 parameters", with(parameters: Wire.pairs((1...101).map { ("P\($0)", "x") })), .tooManyParameters),
        ("parameters beyond the limit", with(parameters: Wire.longLength(1) + Wire.longLength(32 * 1024 - 8)
            + [UInt8](repeating: 65, count: 32 * 1024 - 7)), .parametersTooLong),
        ("a byte after the end", Wire.request() + [1], .bytesAfterRequest),
        ("two requests at once", Wire.request() + Wire.request(), .bytesAfterRequest),
        ("a body of one-byte records with the most padding", Wire.begin() + Wire.record(Wire.parameters)
            + (0..<1000).flatMap { _ in Wire.record(Wire.input, [1], padding: 255) }, .tooMuchFraming),
    ]

    @Test(arguments: bad) func refuses(_ what: String, _ bytes: [UInt8], _ defect: RecordDefect) {
        #expect(Self.verdict(bytes) == .malformed(defect), "\(what)")
        #expect(Self.verdict(bytes, step: 1) == .malformed(defect), "\(what), byte by byte")
        #expect(!WellFormedRequest.holds(bytes), "\(what), says the other checker")
    }

    @Test(arguments: [
        ("no end of parameters", Wire.begin() + Wire.record(Wire.parameters, [1, 0, 65])),
        ("no end of the body", noParameters + Wire.record(Wire.input, [1])),
        ("nothing", []),
        ("a header cut short", Array(Wire.begin().prefix(7))),
        ("padding cut short", Wire.begin() + Wire.record(Wire.parameters, [1, 0, 65], padding: 4).dropLast()),
    ] as [(String, [UInt8])])
    func waitsForMore(_ what: String, _ bytes: [UInt8]) {
        #expect(Self.verdict(bytes) == .incomplete, "\(what)")
    }

    @Test(arguments: [
        ("by the announced length", Wire.begin()
            + Wire.stream(Wire.parameters, Wire.pairs(Wire.usual + [("CONTENT_LENGTH", "131073")]))),
        ("by an announced length of 40 digits", Wire.begin()
            + Wire.stream(Wire.parameters, Wire.pairs([("CONTENT_LENGTH", String(repeating: "9", count: 40))]))),
        ("by the second of two announced lengths", Wire.begin()
            + Wire.stream(Wire.parameters, Wire.pairs([("CONTENT_LENGTH", "1"), ("CONTENT_LENGTH", "131073")]))),
        ("by the records", Wire.begin() + Wire.record(Wire.parameters)
            + Wire.stream(Wire.input, [UInt8](repeating: 1, count: 128 * 1024)).dropLast(8) + Wire.record(Wire.input, [1])),
    ] as [(String, [UInt8])])
    func tellsThatTheBodyIsTooLarge(_ what: String, _ bytes: [UInt8]) {
        #expect(Self.verdict(bytes) == .tooLarge, "\(what)")
        #expect(Self.verdict(bytes, step: 1) == .tooLarge, "\(what), byte by byte")
    }

    @Test(arguments: ["131072", "0", "", "-1", "9x", "99999999999x"])
    func leavesOtherAnnouncedLengthsToTheParameters(_ value: String) {
        #expect(Self.verdict(Wire.request(Wire.usual + [("CONTENT_LENGTH", value)])) == .complete)
    }
}
