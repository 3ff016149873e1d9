import Foundation
import MailStore
import Testing

/// `Storage.md` says of every file and table that is made what it holds.
struct StoragePageTests {
    /// In section 1, and in the file from which systemd-tmpfiles makes the directories.
    @Test(arguments: StoreFile.allCases)
    func ownersAndModesAreThoseOfTheCode(_ file: StoreFile) throws {
        let page = try Page("\(Repository.pageFolder)/Storage.md")
        let row = try #require(page.lines.first { $0.hasPrefix("| `\(file.relativePath)` |") })
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let (mode, directoryMode) = (String(file.fileMode, radix: 8), String(file.directoryMode, radix: 8))
        let padded = String(repeating: "0", count: 4 - directoryMode.count) + directoryMode
        #expect(cells[2] == "`\(file.owner):\(file.group)` \(padded)")
        #expect(cells[3] == "0\(mode)")
        let made = try Repository.text("systemd/tmpfiles.d/postern.conf").split(separator: "\n").contains { line in
            let words = line.split(separator: " ").map(String.init)
            return words.count > 4 && words[1] == "/var/lib/postern/\(file.directory)" && words[2] == padded
                && words[3] == file.owner && words[4] == file.group
        }
        #expect(made, "systemd/tmpfiles.d/postern.conf")
    }

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
    }
}
