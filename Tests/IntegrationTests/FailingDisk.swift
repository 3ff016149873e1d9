import Foundation
import Glibc
import Support

/// A disk that fails a chosen write or sync of a program, and a clock that jumps: `Tests/faults/fail-nth.c`, preloaded
/// into it.
final class FailingDisk {
    static let isInstalled = Program.isInstalled("/usr/bin/cc")

    enum Kind: Int32 { case all = 0, writes = 1, syncs = 2 }

    private let directory: TemporaryDirectory
    private let control: Int32
    /// For the program that is to fail.
    let environment: [String: String]

    /// - Parameter below: only files below this directory fail.
    init(below: String) throws {
        directory = try TemporaryDirectory()
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "faults/fail-nth.c").path
        let library = "\(directory.path)/fail-nth.so"
        let result = try Program.run(
            "/usr/bin/cc", ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, source, "-ldl"],
            limit: .seconds(30))
        guard result.status == 0 else { throw Program.Failure(description: "cc: \(result.errorOutput)") }
        let path = "\(directory.path)/control"
        control = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        fchmod(control, 0o666)
        ftruncate(control, 4096)
        environment = ["LD_PRELOAD": library, "FAIL_NTH_CONTROL": path, "FAIL_NTH_BELOW": below]
    }

    deinit { close(control) }

    /// From now on the call with this number fails, counted from 1.
    ///
    /// - Parameter lasting: whether all after it fail too, until `disarm`.
    func fail(call number: Int, error: Int32, kind: Kind = .all, lasting: Bool = false) throws {
        try set([0, error, lasting ? 1 : 0, 0, kind.rawValue])
        try set([Int32(number)])
    }

    /// From now on the program is killed at the call with this number, counted from 1.
    func killAtCall(_ number: Int) throws { try fail(call: number, error: -SIGKILL) }

    /// Nothing fails any more.
    func disarm() throws { try set([0]) }

    /// Sets the program's wall clock wrong by so many seconds.
    func setClock(ahead seconds: Int32) throws { try set([seconds], at: 5) }

    /// How many calls have failed since `fail`.
    var failures: Int {
        get throws {
            var values = [Int32](repeating: 0, count: 5)
            guard pread(control, &values, 20, 0) == 20 else {
                throw Program.Failure(description: "the control file cannot be read")
            }
            return Int(values[3])
        }
    }

    /// - Parameter place: of the first number, counted from 0.
    private func set(_ values: [Int32], at place: Int = 0) throws {
        guard pwrite(control, values, values.count * 4, place * 4) == values.count * 4 else {
            throw Program.Failure(description: "the control file cannot be written")
        }
    }
}
