/// Why a server cannot be read: one sentence with the way out.
package struct SourceFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
