import Foundation

extension String {
    /// The text with `%XX` decoded once; nil for a bad escape or when the result is not UTF-8.
    package var percentDecoded: String? {
        utf8.contains(UInt8(ascii: "%")) ? removingPercentEncoding : self
    }
}
