import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// The service under `systemd-socket-activate`, which makes the socket and starts it at the first connection.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: Program.isInstalled("/usr/bin/systemd-socket-activate"), "needs systemd"))
    final class SocketActivationTests {
        private let postern: RunningPostern
        private let nginx: NginxServer
        private let activator: ChildProcess
        private let socket: String

        init() throws {
            postern = try RunningPostern()
            try #require(postern.stop() == 0)
            let directory = "\(postern.directory.path)/run"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            chown(directory, Accounts.service.user, Accounts.service.group)
            socket = "\(directory)/postern.sock"
            // Starts the service again whenever it has ended, and keeps the socket meanwhile, as systemd does.
            let service = try postern.directory.write(
                "service",
                """
                trap 'touch \(directory)/over; kill -TERM $child' TERM
                while [ ! -e \(directory)/over ]; do
                    sh -c 'LISTEN_PID=$$ exec "$@"' sh "$@" &
                    child=$!
                    echo $child >\(directory)/pid
                    wait $child
                done

                """)
            let command = [
                "/bin/sh", service, PosternProgram.command, "serve", "--state", postern.state,
                "--settings", postern.settingsFile,
            ]
            activator = try ChildProcess(
                ["/usr/bin/systemd-socket-activate", "--listen=\(socket)"] + command,
                as: Accounts.service, log: "\(postern.directory.path)/activated.log")
            let socket = socket
            try #require(Program.wait(atMost: .seconds(5)) { access(socket, F_OK) == 0 })
            chown(socket, Accounts.service.user, Accounts.webGroup)
            chmod(socket, 0o660)
            nginx = try NginxServer(
                configuration: postern.printedConfiguration("nginx", options: ["--socket", socket]))
        }

        deinit {
            nginx.stop()
            activator.end()
        }

        private var log: String {
            (try? String(contentsOfFile: "\(postern.directory.path)/activated.log", encoding: .utf8)) ?? ""
        }

        /// Of the service that runs now.
        private func pid() throws -> pid_t {
            let text = try String(contentsOfFile: "\(postern.directory.path)/run/pid", encoding: .utf8)
            return try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        @Test func theFirstRequestStartsIt() throws {
            #expect(!log.contains("ready:"))
            let client = nginx.client()
            try client.logIn(RunningPostern.admin, RunningPostern.password)
            #expect(log.contains("ready:"))
            #expect(try client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true)
        }

        /// Without a manager that keeps them, nginx' connections are closed with the process, and what it sends into
        /// one at that moment is refused by nginx and was never begun. (`BootTests`: with systemd, none is refused.)
        @Test func restartsUnderLoadNeitherLoseNorDoubleARequest() throws {
            let client = nginx.client()
            try client.logIn(RunningPostern.admin, RunningPostern.password)
            try client.change(.post, "/api/domain/open.example", [("name", "Test")])
            let (port, cookie) = (nginx.port, client.cookie)
            let done = Mutex<[String]>([])
            let refused = Mutex<[String]>([])
            let odd = Mutex<[String]>([])
            let writers = Crew(8) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    let answer = try client.send(.post, "/api/user/\(user)", [("password", "User-pw-1")])
                    if answer.isDone {
                        done.withLock { $0.append(user) }
                    } else if answer.status == 502 {
                        refused.withLock { $0.append(user) }
                    } else {
                        // ALREADY_EXISTS would be a request that was made twice.
                        odd.withLock { $0.append("\(answer.status) \(answer.text)") }
                    }
                }
            }
            defer { writers.abandon() }
            for round in 1...4 {
                let before = done.withLock(\.count)
                #expect(Program.wait(atMost: .seconds(10)) { done.withLock(\.count) > before + 50 })
                kill(try pid(), SIGTERM)
                let isReady = Program.wait(atMost: .seconds(10)) {
                    log.split(separator: "\n").count { $0.contains("ready:") } > round
                }
                #expect(isReady)
            }
            let before = done.withLock(\.count)
            #expect(Program.wait(atMost: .seconds(10)) { done.withLock(\.count) > before + 50 })
            try writers.stop()
            #expect(odd.withLock(\.self) == [])
            let there = try postern.mailboxes()
            #expect(there == Set(done.withLock(\.self)), "what was answered is there, and nothing else")
            #expect(there.isDisjoint(with: refused.withLock(\.self)))
        }
    }
}
