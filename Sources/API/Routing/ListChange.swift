/// How a request changes a list: replaces it, or adds and removes items. Nil for a field that was not sent.
struct ListChange<Item: Hashable & Sendable, Removal: Hashable & Sendable>: Sendable {
    let replaced: [Item]?
    let added: [Item]?
    let removed: [Removal]?

    var isAsked: Bool { replaced != nil || added != nil || removed != nil }

    /// The items that the request names to be in the list: the whole list, or those to add.
    var wanted: [Item] { replaced ?? added ?? [] }
}

extension ListChange where Item == Removal {
    /// The items to add and to remove. Removals come first, so that an item named in both stays.
    /// - Parameter present: the items that are in the list now.
    func difference(to present: [Item]) -> (added: [Item], removed: [Item]) {
        // Sets, because there may be very many items, and this runs on the writer.
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
    /// The three fields of a list: the whole list, items to add, items to remove. The first excludes the others.
    ///
    /// - Parameters:
    ///   - whole: the type of the first field, whose empty value empties the list.
    ///   - items: the type of the second field.
    ///   - removing: the type of the third field.
    ///   - what: what the items are; begins the summaries of all three.
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
