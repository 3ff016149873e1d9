import MailStore

extension IRedMailReader {
    /// A row without values that no export may have, so that what is taken over can be exported and taken over again: a
    /// language that nobody knows, a hash that takes minutes to check. Their columns get what they have in a new row; each is
    /// told.
    func fitting(_ draft: Draft, named name: String) throws -> Draft {
        var draft = draft
        for unfit in try staged.unfitValues(draft.values, of: draft.table) {
            draft[unfit.column] = unfit.fallback
            note(
                unfit.isSecret ? .differs : .changed, draft.table, name,
                unfit.isSecret
                    ? "nobody can log in: its \(unfit.column) is not \(unfit.demand)"
                    : "its \(unfit.column) was not \(unfit.demand)")
        }
        return draft
    }
}
