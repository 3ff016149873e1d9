import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// Stopping, starting and reloading, with nginx in front.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct OperationTests {
        private let system: MailSystem

        init() throws { system = try MailSystem() }

        @Test func stoppingUnderLoadFinishesWhatIsInHand() throws {
            try system.add(domain: "open.example")
            let acknowledged = Mutex<[String]>([])
            let others = Mutex<[Int]>([])
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let writers = Crew(8) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    let answer = try client.send(.post, "/api/user/\(user)", [("password", "User-pw-1")])
                    if answer.isDone {
                        acknowledged.withLock { $0.append(user) }
                    } else {
                        others.withLock { $0.append(answer.status) }
                    }
                }
            }
            defer { writers.abandon() }
            usleep(500_000)
            let before = acknowledged.withLock(\.count)
            let process = try #require(system.postern.process)
            let begin = ContinuousClock.now
            let status = process.stop(SIGTERM, within: .seconds(6))
            #expect(status == 0)
            #expect(ContinuousClock.now - begin < .seconds(5))
            try system.postern.start()
            usleep(200_000)
            try writers.stop()
            #expect(before > 20 && acknowledged.withLock(\.count) > before)
            #expect(Set(acknowledged.withLock(\.self)).subtracting(try system.postern.mailboxes()).isEmpty)
            // A connection that nginx has kept may be closed while it sends on it.
            #expect(others.withLock(\.self).allSatisfy { $0 == 502 })
        }

        @Test func stoppingIsQuickWhenNothingIsInHand() throws {
            let process = try #require(system.postern.process)
            for signal in [SIGTERM, SIGINT] {
                let running = system.postern.process ?? process
                let begin = ContinuousClock.now
                #expect(running.stop(signal) == 0)
                #expect(ContinuousClock.now - begin < .seconds(1))
                try system.postern.start()
            }
        }

        @Test func aSessionSurvivesStopAndKill() throws {
            try system.postern.restart()
            #expect(try system.client.send(.get, "/api/domains").status == 200)
            system.postern.kill9()
            try system.postern.start()
            #expect(try system.client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true)
        }

        @Test func aReloadChangesWhoMayUseTheAPI() throws {
            let other = system.nginx.client(from: "127.0.0.9")
            try other.logIn(RunningPostern.admin, RunningPostern.password)
            try system.postern.write(settings: ["RESTFUL_API_CLIENTS = ['127.0.0.1']"])
            #expect(try system.postern.reload().hasSuffix("settings read again"))
            #expect(try other.send(.get, "/api/domains").word == "NOT_AUTHORIZED")
            #expect(try system.client.send(.get, "/api/domains").status == 200)
            try system.postern.write(settings: ["RESTFUL_API_CLIENTS = ['127.0.0.0/29', '127.0.0.9']"])
            _ = try system.postern.reload()
            #expect(try other.send(.get, "/api/domains").word == nil)
        }

        @Test func aReloadOfABadFileKeepsTheOldSettingsAndSaysSo() throws {
            try system.postern.write(settings: ["RESTFUL_API_CLIENTS = ['127.0.0.1']"])
            _ = try system.postern.reload()
            try system.postern.write(settings: ["RESTFUL_API_CLIENTS = ['127.0.0.0/33']"])
            let line = try system.postern.reload()
            #expect(line.contains("settings not changed: \(system.postern.settingsFile):3: RESTFUL_API_CLIENTS"))
            #expect(try system.nginx.client(from: "127.0.0.9").send(.get, "/api/domains").word == "NOT_AUTHORIZED")
            #expect(try system.client.send(.get, "/api/domains").word == nil)
            unlink(system.postern.settingsFile)
            #expect(try system.postern.reload().contains("settings not changed"))
            #expect(try system.client.send(.get, "/api/domains").word == nil)
        }

        @Test func manyReloadsUnderLoadDisturbNobody() throws {
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let readers = Crew(4) { _ in
                let client = APIClient(port: port, cookie: cookie)
                return { _ in
                    let answer = try client.send(.get, "/api/domains")
                    guard answer.status == 200, answer.word == nil else {
                        throw Program.Failure(description: "\(answer.status) \(answer.text)")
                    }
                }
            }
            defer { readers.abandon() }
            for _ in 0..<30 { #expect(try system.postern.reload().hasSuffix("settings read again")) }
            try readers.stop()
        }

        @Test func theSwitchTurnsTheAPIOff() throws {
            try system.postern.write(settings: ["ENABLE_RESTFUL_API = False"])
            _ = try system.postern.reload()
            let answer = try system.client.send(.get, "/api/domains")
            #expect(answer.status == 404 && answer.word == "NOT_FOUND")
        }

        @Test func anOwnSocketIsForTheGroupOnlyAndReplacedAfterAKill() throws {
            #expect(system.postern.stop() == 0)
            let directory = "\(system.postern.directory.path)/run"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            chown(directory, Accounts.service.user, Accounts.service.group)
            let socket = "\(directory)/postern.sock"
            for signal in [SIGKILL, SIGTERM] {
                let process = try ChildProcess(
                    [
                        PosternProgram.command, "serve", "--state", system.postern.state,
                        "--settings", system.postern.settingsFile, "--socket", socket,
                    ],
                    as: Accounts.service, log: "\(directory)/../own.log")
                var status = stat()
                #expect(
                    Program.wait(atMost: .seconds(5)) {
                        let answer = try? FastCGIClient(socket).exchange(Records.request(Records.usual()))
                        return answer?.contains("LOGIN_REQUIRED") == true
                    })
                #expect(stat(socket, &status) == 0 && status.st_mode & 0o7777 == 0o660)
                _ = process.stop(signal)
                #expect((access(socket, F_OK) == 0) == (signal == SIGKILL), "removed by a clean stop")
            }
        }

        @Test func aLoopbackPortServesToo() throws {
            #expect(system.postern.stop() == 0)
            let port = try Loopback.freePort()
            let process = try ChildProcess(
                [
                    PosternProgram.command, "serve", "--state", system.postern.state,
                    "--settings", system.postern.settingsFile, "--listen", "127.0.0.1:\(port)",
                ],
                as: Accounts.service, log: "\(system.postern.directory.path)/own.log")
            var answer: String?
            #expect(
                Program.wait(atMost: .seconds(5)) {
                    guard let socket = try? Loopback.connect(to: port, from: "127.0.0.1", limit: 5) else {
                        return false
                    }
                    answer = try? FastCGIClient(descriptor: socket).exchange(Records.request(Records.usual()))
                    return true
                })
            #expect(answer?.contains("LOGIN_REQUIRED") == true)
            #expect(process.stop() == 0)
        }
    }
}
