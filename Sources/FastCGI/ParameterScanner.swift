/// Checks a stream of FastCGI name/value pairs, in pieces of any size, before libfcgi allocates by their lengths.
///
/// libfcgi keeps a pair as a C string `name=value`. So NUL, `=` in a name and an empty name, which the protocol allows,
/// are refused: the string would mean another pair.
struct ParameterScanner: Sendable {
    private enum Part { case nameLength, valueLength, name, value }

    private static let contentLength: [UInt8] = Array("CONTENT_LENGTH".utf8)

    private let byteLimit: Int
    private let countLimit: Int
    private var count = 0
    private var part = Part.nameLength
    /// A length as far as it has been read, and how many of its bytes are still to come.
    private var length = 0
    private var lengthBytesLeft = 0
    private var nameLength = 0
    /// Bytes of the name or value that are still to come.
    private var left = 0
    private var valueLeft = 0
    private var isContentLength = false
    private var announced = 0

    /// The largest `CONTENT_LENGTH` seen so far, at most 2^50; one with anything but digits counts as 0. Only for
    /// refusing a large body early; `Parameters` decides what is valid.
    private(set) var announcedBodyLength = 0

    init(byteLimit: Int, countLimit: Int) {
        self.byteLimit = byteLimit
        self.countLimit = countLimit
    }

    /// Whether the stream may end here.
    var isBetweenPairs: Bool { part == .nameLength && lengthBytesLeft == 0 }

    /// The defect found in `bytes[range]`; nil for none. After a defect nothing more may be fed.
    mutating func feed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> RecordDefect? {
        var index = range.lowerBound
        while index < range.upperBound {
            switch part {
            case .nameLength, .valueLength:
                if takeLengthByte(bytes[index]), let defect = finishLength() { return defect }
                index += 1
            case .name:
                let end = min(range.upperBound, index + left)
                left -= end - index
                while index < end {
                    let byte = bytes[index]
                    if byte == 0 { return .nulByte }
                    if byte == UInt8(ascii: "=") { return .equalsSignInName }
                    if isContentLength {
                        let bytesToCome = left + end - index
                        isContentLength = byte == Self.contentLength[nameLength - bytesToCome]
                    }
                    index += 1
                }
                if left == 0 { startValue() }
            case .value:
                let end = min(range.upperBound, index + left)
                left -= end - index
                while index < end {
                    let byte = bytes[index]
                    if byte == 0 { return .nulByte }
                    if isContentLength { takeDigit(byte) }
                    index += 1
                }
                if left == 0 { finishValue() }
            }
        }
        return nil
    }

    /// Reads one byte of a length, which has one or four; true when it was the last.
    private mutating func takeLengthByte(_ byte: UInt8) -> Bool {
        if lengthBytesLeft == 0 {
            guard byte & 0x80 != 0 else {
                length = Int(byte)
                return true
            }
            length = Int(byte & 0x7f)
            lengthBytesLeft = 3
            return false
        }
        length = length << 8 | Int(byte)
        lengthBytesLeft -= 1
        return lengthBytesLeft == 0
    }

    private mutating func finishLength() -> RecordDefect? {
        // Keeps libfcgi's sums and allocations small (`Security.md` 1).
        guard length <= byteLimit else { return .lengthTooLarge }
        if part == .nameLength {
            guard length > 0 else { return .emptyName }
            nameLength = length
            part = .valueLength
            return nil
        }
        count += 1
        guard count <= countLimit else { return .tooManyParameters }
        valueLeft = length
        left = nameLength
        isContentLength = nameLength == Self.contentLength.count
        part = .name
        return nil
    }

    private mutating func startValue() {
        announced = 0
        left = valueLeft
        part = .value
        if left == 0 { finishValue() }
    }

    private mutating func takeDigit(_ byte: UInt8) {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else {
            isContentLength = false
            return
        }
        announced = min(announced * 10 + Int(byte - UInt8(ascii: "0")), 1 << 50)
    }

    private mutating func finishValue() {
        if isContentLength { announcedBodyLength = max(announcedBodyLength, announced) }
        part = .nameLength
    }
}
