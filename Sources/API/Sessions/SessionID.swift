import Mail
import MailStore
import PasswordHash
import Settings

/// The secret a client shows with every request: 32 random bytes, base64url. Only its SHA-256 is stored.
struct SessionID: Sendable {
    /// 43 characters of base64url.
    let text: String

    static let cookieName = "iRedAdmin"

    /// A new one, from the system's random source.
    init() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        // 32 bytes are 256 bits: 42 characters of 6 bits and one of 4, whose two low bits stay clear as in base64url.
        var characters = (0..<42).map { _ in alphabet[Int(random.next() & 63)] }
        characters.append(alphabet[Int(random.next() & 15) << 2])
        text = String(decoding: characters, as: UTF8.self)
    }

    /// The first well-formed id in a `Cookie` header; nil when there is none.
    init?(cookie header: String?) {
        guard var header else { return nil }
        guard let text = header.withUTF8({ Self.text(in: $0) }) else { return nil }
        self.text = text
    }

    private static func text(in header: UnsafeBufferPointer<UInt8>) -> String? {
        for pair in header.split(separator: UInt8(ascii: ";")) {
            let pair = pair.drop { $0 == UInt8(ascii: " ") }
            guard pair.starts(with: nameAndSign) else { continue }
            let value = pair.dropFirst(nameAndSign.count)
            if value.count == 43, value.allSatisfy(isIDByte) { return String(decoding: value, as: UTF8.self) }
        }
        return nil
    }

    private static let nameAndSign = Array("\(cookieName)=".utf8)

    /// SHA-256 of the id, hex: what is stored.
    var hash: String { SHA256.hex(text.utf8) }

    /// The `Set-Cookie` value for an id; the empty text removes the cookie.
    static func cookie(_ text: String, isSecure: Bool) -> String {
        "\(cookieName)=\(text); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
            + (text.isEmpty ? "; Max-Age=0" : "")
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Whether a session is still valid. Source: `Security.md` A9, A25.
struct SessionRules: Sendable {
    /// Seconds without a request.
    private let timeout: Int
    /// Seconds since the login.
    private let lifetime: Int
    private let ignoresAddressChange: Bool

    init(_ settings: Settings) {
        timeout = settings[Settings.sessionTimeout]
        lifetime = settings[Settings.sessionLifetime]
        ignoresAddressChange = settings[Settings.sessionIgnoresAddressChange]
    }

    enum Validity {
        case valid
        /// Valid, and the time of its last use is to be written.
        case validToRenew
        /// Expired, used from another address, or with a time that lies in the future.
        case expired
    }

    func validity(of session: SessionRow, client: String, now: Moment) -> Validity {
        let idle = now.epoch - session.used.epoch
        let age = now.epoch - session.created.epoch
        // Otherwise a clock that is set back would let old sessions live longer; five minutes are allowed.
        guard idle <= timeout, age <= lifetime, idle >= -300, age >= -300 else { return .expired }
        guard ignoresAddressChange || session.ip == client else { return .expired }
        // Not every request writes: the idle time is exact to a thirtieth of the time-out.
        return idle > timeout / 30 ? .validToRenew : .valid
    }
}
