import Foundation
import Glibc

/// A MariaDB server of a test's own; it goes with the value. It listens on a socket in its directory only, and takes
/// anybody of this machine in as `root` without a password.
package final class MariaDBServer {
    private static let user = ProcessUser(named: "mysql")
    package static let isInstalled =
        ["/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db", "/usr/bin/mariadb"].allSatisfy(Program.isInstalled)
        && user != nil

    private let directory: TemporaryDirectory
    private var process: RunningProgram?
    /// Options of the client that reach it.
    package var options: [String] { ["--socket=\(directory.path)/socket", "--user=root"] }

    /// An empty one, started.
    package init() throws {
        directory = try TemporaryDirectory(isForServer: true)
        let owner = ProcessUser.isRoot ? Self.user : nil
        if let owner { chown(directory.path, owner.user, owner.group) }
        let data = "\(directory.path)/data"
        let made = try Program.run(
            "/usr/bin/mariadb-install-db",
            [
                "--no-defaults", "--datadir=\(data)", "--skip-test-db", "--auth-root-authentication-method=normal",
                "--skip-name-resolve", "--innodb-log-file-size=8M",
                // A server that starts removes the temporary tables that it finds, whosever they are.
                "--tmpdir=\(directory.path)",
            ],
            as: owner, limit: .seconds(60))
        guard made.status == 0 else { throw Program.Failure(description: "\(made.output)\(made.errorOutput)") }
        let process = try RunningProgram(
            "/usr/sbin/mariadbd",
            [
                "--no-defaults", "--datadir=\(data)", "--socket=\(directory.path)/socket", "--skip-networking",
                "--pid-file=\(directory.path)/pid", "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M",
                "--skip-log-bin", "--tmpdir=\(directory.path)",
            ],
            as: owner)
        self.process = process
        let isReady = Program.wait(atMost: .seconds(60)) {
            !process.isRunning || (try? sql("", "SELECT 1")) == "1\n"
        }
        guard isReady, process.isRunning else {
            throw Program.Failure(description: "MariaDB does not start: \(process.text)")
        }
    }

    deinit { process?.stop() }

    /// Runs SQL as the standard writes it: `"` around names, and a backslash is a character. A line for each row, tabs
    /// between the values.
    @discardableResult
    package func sql(_ database: String, _ script: String) throws -> String {
        let result = try Program.run(
            "/usr/bin/mariadb",
            ["--no-defaults"] + options
                + [
                    "--batch", "--skip-column-names", "--default-character-set=utf8mb4",
                    "--init-command=SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone='+00:00'",
                    "--database=\(database)",
                ],
            input: script + ";\n", limit: .seconds(60))
        guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
        return result.output
    }
}
