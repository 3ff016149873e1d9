/// The words in which the engines differ. Stores write each statement once:
///
/// - `?`, or `?1`, for a value;
/// - `GREATEST(…)` and `LEAST(…)`, which SQLite calls MAX and MIN;
/// - `instr(text, part)`, which PostgreSQL calls `strpos`. The domain of an address is
///   `substr(address, instr(address, '@') + 1)`, as the indexes of both engines have it;
/// - `name COLLATE BINARY` where texts are sorted or lie in a range: byte by byte, which is SQLite's way, and which
///   PostgreSQL calls `COLLATE "C"`. The texts of other programs' tables may be sorted as the server's language has it;
/// - `text_of(address)` for an address of amavisd's tables beside a text: PostgreSQL has these as bytes;
/// - `a CROSS JOIN b ON …` where SQLite must look at `a` first; PostgreSQL decides by itself.
///
/// A statement is translated when it is prepared. `CASE`, `IS DISTINCT FROM`, `ON CONFLICT … DO`, `EXISTS` without a
/// comparison, and columns named with their table where `excluded` stands beside them, are understood by both.
package enum Dialect: Sendable {
    case sqlite, postgresql

    package func text(of statement: String) -> String {
        switch self {
        case .sqlite:
            Self.replacing(["GREATEST(": "MAX(", "LEAST(": "MIN(", "text_of(": "("], in: statement)
        case .postgresql:
            Self.numbering(
                Self.replacing(
                    [
                        "instr(": "strpos(", "text_of(": "postern_text(", "CROSS JOIN": "JOIN",
                        "COLLATE BINARY": "COLLATE \"C\"",
                    ], in: statement))
        }
    }

    private static func replacing(_ words: KeyValuePairs<String, String>, in text: String) -> String {
        words.reduce(text) { text, word in text.replacing(word.key, with: word.value) }
    }

    /// `$1`, `$2` … in place of `?` and `?1`; not inside of quotes.
    private static func numbering(_ text: String) -> String {
        var result: [UInt8] = []
        var count = 0
        var quote: UInt8?
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "?") {
                result.append(UInt8(ascii: "$"))
                let hasNumber =
                    index + 1 < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index + 1])
                if !hasNumber {
                    count += 1
                    result += Array(String(count).utf8)
                }
                continue
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
