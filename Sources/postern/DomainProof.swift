import DNS

/// Whether the DNS proves that an admin owns a domain: one TXT record of exactly its name is the code that the admin
/// was given (`Contract.md` 5.8).
enum DomainProof: Equatable {
    case proven
    /// No record has the code. The reason is for the admin.
    case missing(String)
    /// The name servers gave no answer. The reason is for the log.
    case unknown(String)

    init(of name: String, code: String, _ resolver: Resolver) {
        do throws(TemporaryError) {
            self.init(texts: try resolver.ownTexts(of: name), code: code)
        } catch {
            self = .unknown(error.description)
        }
    }

    /// - Parameter texts: one for each TXT record, its strings joined.
    init(texts: [[UInt8]], code: String) {
        let code = Self.trimmed(Array(code.utf8))
        if texts.isEmpty {
            self = .missing("no TXT record")
        } else if !code.isEmpty, texts.contains(where: { Self.trimmed($0) == code }) {
            self = .proven
        } else {
            self = .missing("no TXT record with the code")
        }
    }

    private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let front = bytes.drop(while: isSpace)
        return front.prefix(through: front.lastIndex { !isSpace($0) } ?? front.startIndex - 1)
    }
}
