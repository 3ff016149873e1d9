import Foundation
import Glibc
import Support
import Testing

@testable import postern

/// How the directories of a state are made.
struct StateDirectoryTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func state(_ path: String) throws -> StateDirectory {
        try StateDirectory(Arguments(["--state", "\(directory.path)/\(path)"], for: Check.self))
    }

    @Test func theMailProgramsGetThroughWhatIsMade() throws {
        let state = try state("srv/mail/postern")
        try state.makeMissingDirectories()
        for path in ["srv", "srv/mail", "srv/mail/postern"] {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/\(path)")[.posixPermissions]
            #expect(mode as? Int == 0o755, "\(path)")
        }
        // What is there stays as it is.
        try state.makeMissingDirectories()
    }

    @Test func whatIsInTheWayIsSaid() throws {
        let file = try directory.write("file", "")
        let error = try #require(throws: ExitError.self) { try state("file/postern").makeMissingDirectories() }
        #expect(error.reason == "cannot make \(file)/postern: \(String(cString: strerror(ENOTDIR)))")
        #expect(error.code == .inputOutput)
    }

    /// Two processes in one role: the second is refused, and its descriptor does not stay open.
    @Test func aRoleIsTakenOnce() throws {
        let state = try state("postern")
        try state.makeMissingDirectories()
        let lock = try state.takeStateLock(.writer)
        for _ in 0..<10 { #expect(throws: StateDirectory.Locked.self) { try state.takeStateLock(.writer) } }
        // By name, because other tests open and close files at the same time.
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let open = descriptors.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        .filter { $0.hasPrefix("\(state.path)/") }
        #expect(open.count == 1, "\(open)")
        withExtendedLifetime(lock) {}
    }
}
