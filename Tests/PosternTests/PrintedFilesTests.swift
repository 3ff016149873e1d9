import Foundation
import Neighbours
import Settings
import Testing

@testable import postern

/// What stands in the repository and is also printed by the program is the same text.
struct PrintedFilesTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test func nginxFilesAreWhatPrintConfigPrints() throws {
        let files = NginxConfiguration().files
        #expect(files.map(\.name) == ["postern-http.conf", "postern-locations.conf"])
        for file in files {
            let committed = try String(
                contentsOf: Self.repository.appending(path: "nginx/\(file.name)"), encoding: .utf8)
            #expect(committed == file.text, "print it anew: postern print-config nginx --output nginx")
        }
    }

    @Test func readmeHasTheSettingsAsDeclared() throws {
        let readme = try String(contentsOf: Self.repository.appending(path: "README.md"), encoding: .utf8)
        let start = try #require(readme.range(of: "<!-- settings -->"))
        let end = try #require(readme.range(of: "<!-- /settings -->"))
        let table = readme[start.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(table == Settings.markdownTable().trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test func readmeNamesEveryCommand() throws {
        let readme = try String(contentsOf: Self.repository.appending(path: "README.md"), encoding: .utf8)
        for command in Postern.commands { #expect(readme.contains("postern \(command.name)"), "\(command.name)") }
    }

    @Test func theUnitsRunCommandsThatExist() throws {
        let directory = Self.repository.appending(path: "systemd")
        let names = Set(Postern.commands.map { $0.name })
        for unit in ["postern.service", "postern-purge.service", "postern-spf-refresh.service"] {
            let text = try String(contentsOf: directory.appending(path: unit), encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ExecStart=/usr/bin/postern ") })
            #expect(names.contains(String(line.split(separator: " ")[1])), "\(line)")
        }
    }

    @Test(arguments: [
        "Serve", "Init", "Check", "PrintConfig", "AdminCommand", "UserCommand", "Purge", "Backup", "Restore",
        "SPFRefresh",
        "Status",
    ])
    func helpNamesEveryOption(_ type: String) throws {
        let command = try #require(Postern.commands.first { "\($0)" == type })
        for option in command.options { #expect(command.help.contains(option.usage)) }
        #expect(command.help.contains("--help"))
    }
}
