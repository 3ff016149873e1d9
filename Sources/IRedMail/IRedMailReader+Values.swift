import MailStore

extension IRedMailReader {
    /// Adds a row of the server's as it fits.
    /// - Parameter name: of the row in the report.
    /// - Returns: false when another row has the key already.
    @discardableResult
    func put(_ draft: Draft, named name: String) throws -> Bool {
        try staged.add(draft.table, fitting(draft, named: name).values)
    }

    /// A row without values that no file of an export may have, such as a language that nobody knows: what is taken over
    /// can be exported and taken over again. Their columns get what they have in a new row; each is told. Passwords stay as
    /// they are, also those that cost more to check than the API and `postern import FILE` take.
    private func fitting(_ draft: Draft, named name: String) throws -> Draft {
        var draft = draft
        for unfit in try staged.unfitValues(draft.values, of: draft.table) {
            draft[unfit.column] = unfit.fallback
            note(.changed, draft.table, name, "its \(unfit.column) was not \(unfit.demand)")
        }
        return draft
    }
}
