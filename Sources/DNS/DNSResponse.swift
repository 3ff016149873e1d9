import CResolv
import Mail

/// A DNS message that answers a question (RFC 1035 4.1).
struct DNSResponse: Sendable {
    private let bytes: [UInt8]

    /// Nil for a message that is not an answer to this query: another id, another question, or a query.
    init?(_ bytes: [UInt8], to question: Question, id: UInt16) {
        guard bytes.count >= 12, bytes[0] == UInt8(id >> 8), bytes[1] == UInt8(id & 0xff), bytes[2] & 0x80 != 0 else {
            return nil
        }
        self.bytes = bytes
        let expected = question.bytes
        // The length byte of a label is at most 63, below the letters, so lower-casing does not change it.
        let asked = bytes.dropFirst(12).prefix(expected.count)
            .map(\.lowercasedASCII)
        let count = Int(bytes[4]) << 8 | Int(bytes[5])
        // A server that reports an error may leave the question out.
        guard count == 1 && asked == expected || count == 0 && code != 0 else { return nil }
    }

    var isTruncated: Bool { bytes[2] & 0x02 != 0 }

    /// RFC 1035 4.1.1: 0 success, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED.
    var code: Int { Int(bytes[3] & 0x0f) }

    /// The records that answer the question, also those behind a CNAME; nil for a malformed message.
    /// - Parameter throughAliases: false for the name's own records only.
    func answers(to question: Question, throughAliases: Bool = true) -> [ResourceRecord]? {
        guard let section = answerSection() else { return nil }
        var aliases: [String: String] = [:]
        for case (let owner, .alias(let target)) in section where throughAliases { aliases[owner] = target }
        var names: Set<String> = [question.name]
        var name = question.name
        while let target = aliases[name], names.insert(target).inserted { name = target }
        return section.compactMap { owner, record in
            guard names.contains(owner), record.kind(asks: question.kind) else { return nil }
            return record
        }
    }

    /// The records of the answer section whose type `Question.RecordType` has, with their owners, in order.
    private func answerSection() -> [(owner: String, record: ResourceRecord)]? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return nil }
            var message = ns_msg()
            guard ns_initparse(start, Int32(buffer.count), &message) == 0 else { return nil }
            var records: [(String, ResourceRecord)] = []
            for index in 0..<Int32(message._counts.1) {
                var raw = ns_rr()
                guard ns_parserr(&message, ns_s_an, index, &raw) == 0 else { return nil }
                guard raw.rr_class == 1, let kind = Question.RecordType(rawValue: raw.type) else { continue }
                let data = UnsafeBufferPointer(start: raw.rdata, count: Int(raw.rdlength))
                guard let record = Self.record(kind, data, in: buffer) else { return nil }
                records.append((Self.lowered(raw.name), record))
            }
            return records
        }
    }

    private static func record(
        _ kind: Question.RecordType, _ data: UnsafeBufferPointer<UInt8>, in message: UnsafeBufferPointer<UInt8>
    ) -> ResourceRecord? {
        switch kind {
        case .a: return data.count == 4 ? IPAddress(bytes: data).map { .address($0) } : nil
        case .aaaa: return data.count == 16 ? IPAddress(bytes: data).map { .address($0) } : nil
        case .cname: return name(data[...], in: message).map { .alias($0) }
        case .mx:
            guard data.count > 2, let host = name(data.dropFirst(2), in: message) else { return nil }
            return .mailExchanger(MailExchanger(preference: Int(data[0]) << 8 | Int(data[1]), host: host))
        case .txt:
            var text: [UInt8] = []
            var rest = data[...]
            while let length = rest.popFirst() {
                guard rest.count >= Int(length) else { return nil }
                text += rest.prefix(Int(length))
                rest = rest.dropFirst(Int(length))
            }
            return .text(text)
        }
    }

    /// A domain name, which may be compressed (RFC 1035 4.1.4).
    private static func name(
        _ data: Slice<UnsafeBufferPointer<UInt8>>, in message: UnsafeBufferPointer<UInt8>
    ) -> String? {
        let source = UnsafeBufferPointer(rebasing: data)
        guard let start = message.baseAddress, let first = source.baseAddress else { return nil }
        var text = [CChar](repeating: 0, count: Int(NS_MAXDNAME))
        guard dn_expand(start, start + message.count, first, &text, Int32(text.count)) >= 0 else { return nil }
        return lowered(text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)))
    }

    private static func lowered(_ name: some Any) -> String {
        withUnsafeBytes(of: name) { lowered(Array($0.prefix { $0 != 0 })) }
    }

    private static func lowered(_ bytes: [UInt8]) -> String {
        let lowered = bytes.map(\.lowercasedASCII)
        return String(decoding: lowered, as: UTF8.self)
    }
}

extension ResourceRecord {
    /// Whether the record has the type that was asked for.
    fileprivate func kind(asks kind: Question.RecordType) -> Bool {
        switch (self, kind) {
        case (.address(let address), .a): address.isIPv4
        case (.address(let address), .aaaa): !address.isIPv4
        case (.mailExchanger, .mx), (.text, .txt), (.alias, .cname): true
        default: false
        }
    }
}

/// A host that receives a domain's mail: an MX record.
package struct MailExchanger: Sendable, Hashable {
    /// The smaller is tried first.
    package let preference: Int
    /// In lower case, without a dot at the end; empty for the null MX of RFC 7505.
    package let host: String

    package init(preference: Int, host: String) {
        self.preference = preference
        self.host = host
    }
}

/// The data of a resource record whose type `Question.RecordType` has.
enum ResourceRecord: Sendable, Hashable {
    case address(IPAddress)
    case alias(String)
    case mailExchanger(MailExchanger)
    /// The strings of one record joined without a separator; any bytes.
    case text([UInt8])
}
