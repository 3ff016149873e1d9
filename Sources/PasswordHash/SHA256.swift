import CCrypto

/// SHA-256 of something that is no password: what is stored in place of a session's id.
package enum SHA256 {
    /// Lower-case hex, 64 characters.
    package static func hex(_ bytes: some Collection<UInt8>) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let input = Array(bytes)
        EVP_Digest(input, input.count, &digest, nil, EVP_sha256(), nil)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
