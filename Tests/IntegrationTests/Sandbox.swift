import Foundation
import Support

/// This machine's system with changes of its own: programs run in it find all that is installed here, and what they
/// write goes away with the value.
final class Sandbox {
    /// Containers often may not mount.
    static let isAllowed = (try? Sandbox())?.isUsable == true

    /// Where it lies for programs outside.
    let root: String
    private let directory: TemporaryDirectory
    /// Gone in the order of their making reversed.
    private var mounts: [Mount] = []
    /// For programs that run in it beside this machine's; nil in a system of its own, which brings its own.
    private var processes: Mount?
    /// The repository, for programs in it.
    static let repository = "/repository"
    /// The program under test, for programs in it.
    static let binary = "/postern"

    init() throws {
        directory = try TemporaryDirectory()
        let layers = "\(directory.path)/layers"
        root = "\(directory.path)/root"
        for path in [layers, root] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        mounts.append(try Mount(emptyAt: layers, megabytes: 2048))
        for name in ["upper", "work"] {
            try FileManager.default.createDirectory(atPath: "\(layers)/\(name)", withIntermediateDirectories: false)
        }
        mounts.append(try Mount(over: "/", layers: layers, at: root))
        processes = try Mount(processesAt: "\(root)/proc")
        // Copies: whatever happens to this directory must not happen to the machine's own.
        let devices = ["null", "zero", "random", "urandom", "tty"].map { "/dev/\($0)" }
        _ = try Program.run("/usr/bin/cp", ["--archive"] + devices + ["\(root)/dev/"])
        let repository = "\(root)\(Self.repository)"
        try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: false)
        mounts.append(try Mount(readOnly: Repository.path, at: repository))
        try FileManager.default.copyItem(atPath: PosternProgram.command, toPath: root + Self.binary)
        // No service of this machine starts in it, and no earlier Postern is there.
        for name in ["etc/systemd/system", "etc/init.d", "etc/postern", "var/lib/postern", "usr/sbin/policy-rc.d"] {
            let path = "\(root)/\(name)"
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        }
    }

    deinit {
        processes = nil
        while mounts.popLast() != nil {}
    }

    /// From now on a system that is started in it shows its own processes; `run` is over then.
    func leaveToItself() { processes = nil }

    private var isUsable: Bool { (try? run(["/usr/bin/true"]).status) == 0 }

    /// Runs a program in it to its end.
    @discardableResult
    func run(_ command: [String], input: String = "", limit: Duration = .seconds(60)) throws -> Program.Result {
        try Program.run("/usr/sbin/chroot", [root] + command, input: input, limit: limit)
    }

    /// Runs a program that has to succeed; what it prints on either output.
    @discardableResult
    func succeed(_ command: [String], input: String = "", limit: Duration = .seconds(60)) throws -> String {
        let result = try run(command, input: input, limit: limit)
        guard result.status == 0 else {
            throw Program.Failure(description: "\(command): \(result.status) \(result.output) \(result.errorOutput)")
        }
        return result.output + result.errorOutput
    }

    /// The installed server, as without systemd; it ends with the value.
    func serve() throws -> ChildProcess {
        try succeed(["/usr/bin/install", "-d", "-o", "postern", "-g", "postern-web", "/run/postern"])
        let server = try ChildProcess(
            [
                "/usr/sbin/chroot", root, "/usr/bin/setpriv", "--reuid=postern", "--regid=postern", "--init-groups",
                "/usr/bin/postern", "serve", "--socket", "/run/postern/postern.sock",
            ], log: "\(root)/log")
        let isReady = Program.wait(atMost: .seconds(10)) { (try? read("/log").contains("ready: ")) == true }
        guard isReady else { throw Program.Failure(description: "\((try? read("/log")) ?? "no log")") }
        return server
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + path) }

    func read(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }

    func write(_ path: String, _ text: String) throws {
        try text.write(toFile: root + path, atomically: false, encoding: .utf8)
    }

    /// Owner, group and mode of a file, e.g. `postern:mailsql 2750`, by the accounts in it.
    func ownership(_ path: String) throws -> String {
        try succeed(["/usr/bin/stat", "-c", "%U:%G %a", path]).trimmingCharacters(in: .newlines)
    }

    /// Writes the line that includes Postern's locations into the server of Debian's default site.
    ///
    /// - Parameter port: where that listens on 127.0.0.1.
    func includeInDefaultSite(port: UInt16 = 80) throws {
        let site = "/etc/nginx/sites-available/default"
        let text = try read(site).split(separator: "\n", omittingEmptySubsequences: false).map { line in
            switch line.trimmingCharacters(in: .whitespaces) {
            case "listen 80 default_server;": "listen 127.0.0.1:\(port) default_server;"
            case "listen [::]:80 default_server;": ""
            case "server_name _;": "server_name mail.example;\n\tinclude snippets/postern-locations.conf;"
            default: String(line)
            }
        }
        try write(site, text.joined(separator: "\n"))
    }
}

/// Where this is built from.
enum Repository {
    static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}
