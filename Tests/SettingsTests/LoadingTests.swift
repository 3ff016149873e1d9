import Foundation
import Testing

import Settings

/// `Settings.load` with real files.
struct LoadingTests {
    private let path = "/tmp/postern-settings-\(UUID().uuidString).py"

    private func load(_ bytes: [UInt8]) throws -> Settings {
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        defer { unlink(path) }
        return try Settings.load(path: path)
    }

    @Test func readsAFile() throws {
        let settings = try load(Array("\nSESSION_TIMEOUT = 5\n".utf8))
        #expect(settings[Settings.sessionTimeout] == 5)
        #expect(settings.origin(of: "SESSION_TIMEOUT").description == "\(path):2")
    }

    @Test func namesTheLineThatIsNotUTF8() {
        let error = #expect(throws: SettingsError.self) { try load(Array("# a\n# ".utf8) + [0xe9, 0x0a]) }
        #expect(error?.description == "\(path):2: the text is not UTF-8; save the file as UTF-8")
    }

    @Test func refusesAMissingFile() {
        let error = #expect(throws: SettingsError.self) { try Settings.load(path: path) }
        #expect(error?.description == "\(path): the settings file cannot be read: No such file or directory")
    }

    @Test func refusesAFileItMayNotRead() {
        #expect(FileManager.default.createFile(atPath: path, contents: Data(), attributes: [.posixPermissions: 0]))
        defer { unlink(path) }
        guard geteuid() != 0 else { return }
        let error = #expect(throws: SettingsError.self) { try Settings.load(path: path) }
        #expect(error?.description == "\(path): the settings file cannot be read: Permission denied")
    }

    @Test func refusesADirectoryAndADevice() {
        for path in ["/tmp", "/dev/zero"] {
            let error = #expect(throws: SettingsError.self) { try Settings.load(path: path) }
            #expect(error?.description == "\(path): this is not a file; name a settings file")
        }
    }

    @Test func refusesAFileBeyondOneMebibyte() {
        let error = #expect(throws: SettingsError.self) { try load([UInt8](repeating: 0x23, count: 1 << 20 | 1)) }
        #expect(error?.description == "\(path): this is larger than 1 MiB and no settings file")
    }
}
