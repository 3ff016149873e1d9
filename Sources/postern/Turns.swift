/// In which order a run takes up names: all of them, beginning behind the one at which the last run stopped.
struct Turns {
    let all: [String]
    /// How many of them stand behind the last run's, before it begins from the front.
    let behind: Int

    /// - Parameters:
    ///   - names: in the order of their bytes.
    ///   - last: it need not be among them any more; nil or empty begins from the front.
    init(_ names: [String], after last: String?) {
        let next = names.firstIndex { name in
            guard let last, !last.isEmpty else { return true }
            return last.utf8.lexicographicallyPrecedes(name.utf8)
        }
        let start = next ?? 0
        all = Array(names[start...] + names[..<start])
        behind = start == 0 ? 0 : names.count - start
    }
}
