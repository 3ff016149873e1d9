import CCrypt
import Glibc

/// crypt(3) with a state of its own for each call, wiped afterwards: `Security.md` A21.
enum Crypt {
    /// The text that crypt(3) makes. Nil when it fails, also by its failure tokens `*0` and `*1` (`Security.md` A20).
    ///
    /// - Parameters:
    ///   - password: one that `isUsable`.
    ///   - setting: `$id$salt$` or a whole earlier text.
    static func hash(_ password: Secret, setting: String) -> String? {
        let size = MemoryLayout<crypt_data>.size
        let state = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        memset(state, 0, size)
        defer {
            explicit_bzero(state, size)
            state.deallocate()
        }
        return password.withBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count + 1) { phrase in
                guard let text = crypt_rn(phrase, setting, state, Int32(size)) else { return nil }
                let result = String(cString: text)
                return result.isEmpty || result.hasPrefix("*") ? nil : result
            }
        }
    }

    /// In bytes. bcrypt uses all 16, `$6$` 12 and `$1$` 6 of them. Given just 12 or 6, libxcrypt makes a shorter salt.
    static let saltLength = 16

    /// A setting for `hash` with this salt (crypt_gensalt(3)); nil when it cannot be made.
    ///
    /// - Parameters:
    ///   - prefix: `$1$`, `$2b$` or `$6$`.
    ///   - cost: bcrypt's cost; zero for the library's default (5000 rounds of SHA512-CRYPT).
    static func setting(_ prefix: String, cost: Int, salt: [UInt8]) -> String? {
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let salt = salt.map(CChar.init(bitPattern:))
        guard
            let made = crypt_gensalt_rn(
                prefix, UInt(cost), salt, Int32(salt.count), &setting, Int32(setting.count))
        else { return nil }
        return String(cString: made)
    }
}
