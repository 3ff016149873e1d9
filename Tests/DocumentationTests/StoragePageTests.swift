import MailStore
import Testing

/// `Storage.md` says of every file and table that is made what it holds.
struct StoragePageTests {
    @Test(arguments: StoreFile.allCases)
    func everyTableHasItsLine(_ file: StoreFile) throws {
        let page = try Page("\(Repository.pageFolder)/Storage.md")
        let section = page.lines.drop { !$0.hasPrefix("## 4. ") }.dropFirst().prefix { !$0.hasPrefix("## ") }
        let part = section.drop { !$0.hasPrefix("`\(file.rawValue).db`") }.dropFirst()
            .prefix { !$0.hasPrefix("`") }
        let named = part.flatMap { line in
            line.split(separator: "|").first.map { cell in cell.matches(of: /`([a-z_]+)`/).map { String($0.1) } } ?? []
        }
        #expect(named.sorted() == Schema.references(for: file).map(\.table).sorted())
        #expect(page.text.contains("| `\(file.relativePath)` |"), "of section 1")
    }
}
