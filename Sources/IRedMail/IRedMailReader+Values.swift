import MailStore

extension IRedMailReader {
    /// A row without values that no file of an export may have, such as a language that nobody knows: what is taken over
    /// can be exported and taken over again. Their columns get what they have in a new row; each is told. Passwords stay as
    /// they are.
    func fitting(_ draft: Draft, named name: String) throws -> Draft {
        var draft = draft
        for unfit in try staged.unfitValues(draft.values, of: draft.table) {
            draft[unfit.column] = unfit.fallback
            note(.changed, draft.table, name, "its \(unfit.column) was not \(unfit.demand)")
        }
        return draft
    }
}
