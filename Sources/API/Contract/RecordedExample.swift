/// A request of an operation, and what it is answered: recorded by the tests, which compare it at every run.
package struct RecordedExample: Sendable {
    /// Path and query.
    package let target: String
    /// A URL-encoded body; nil for none.
    package let form: String?
    /// The whole body, on several lines where it is long; empty for a document that is no envelope.
    package let answer: String

    package init(target: String, form: String?, answer: String) {
        self.target = target
        self.form = form
        self.answer = answer
    }
}
