/// How a list changes: replaced as a whole, or added to and removed from.
struct ListChange<Item: Hashable & Sendable, Removal: Hashable & Sendable>: Sendable {
    let replaced: [Item]?
    let added: [Item]?
    let removed: [Removal]?

    var isAsked: Bool { replaced != nil || added != nil || removed != nil }

    /// What is wanted to be there: all of it, or what is added.
    var wanted: [Item] { replaced ?? added ?? [] }
}

extension ListChange where Item == Removal {
    /// What is new and what goes; removed first, so that what is named in both stays.
    /// - Parameter present: what is there now.
    func difference(to present: [Item]) -> (added: [Item], removed: [Item]) {
        // There may be very many, and this runs on the writer: nothing is looked for in a list.
        let known = Set(present)
        if let replaced {
            let kept = Set(replaced)
            return (replaced.filter { !known.contains($0) }, present.filter { !kept.contains($0) })
        }
        let gone = Set(removed ?? [])
        return ((added ?? []).filter { !known.contains($0) || gone.contains($0) }, removed ?? [])
    }
}

extension Form {
    /// The three fields of a list: all of it, to be added, to be removed. The first excludes the others.
    ///
    /// - Parameters:
    ///   - whole: the type of all of it, where an empty value empties the list.
    ///   - removing: the type of what is removed.
    ///   - what: what the list is of, the beginning of three sentences.
    mutating func list<Item, Removal>(
        _ name: String, add: String, remove: String, _ whole: FieldType<[Item]>, _ items: FieldType<[Item]>,
        removing: FieldType<[Removal]>, by access: FieldAccess, _ what: String, example: String
    ) throws(APIError) -> ListChange<Item, Removal> {
        ListChange(
            replaced: try optional(
                name, whole, by: access, conflicts: [add, remove], "\(what): all; empty for none.", example: example),
            added: try optional(add, items, by: access, "\(what): to be added.", example: example),
            removed: try optional(remove, removing, by: access, "\(what): to be removed.", example: example))
    }
}
